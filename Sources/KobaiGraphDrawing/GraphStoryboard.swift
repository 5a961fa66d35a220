import KobaiReport

/// All steps of a graph's computation below each other in one picture, each with its words.
public struct GraphStoryboard: Drawable {
  private let drawing: GraphDrawing
  private let captions: [String]

  /// - Parameters:
  ///   - drawing: the picture whose steps are shown.
  ///   - caption: what stands above a step, from its number, counted from 1.
  public init(_ drawing: GraphDrawing, caption: (Int, GraphDrawing.Step) -> String) {
    self.drawing = drawing
    captions = drawing.steps.enumerated().map { caption($0 + 1, $1) }
  }

  /// The picture as an SVG document.
  public var svg: String {
    let scene = drawing.scene
    var (picture, top, width) = (SVG(), drawing.titleHeight, scene.width)
    for (step, caption) in captions.enumerated() {
      width = max(width, SVG.width(of: caption, size: 13) + 32)
      picture.add(
        "text", [("x", "16"), ("y", SVG.number(top + 22)), ("font-size", "13"), ("class", "graph-ink")],
        content: xmlEscaped(caption))
      picture.group([("transform", "translate(0 \(SVG.number(top + 24)))")]) { scene.draw(step: step, into: &$0) }
      top += scene.height + 32
    }
    return drawing.document(picture, width: width, height: top)
  }
}
