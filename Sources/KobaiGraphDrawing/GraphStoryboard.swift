import KobaiReport

/// All steps of a graph's computation in one picture, row by row, each with its words.
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

  /// The picture as an SVG document, no wider than a page where a step is not.
  public var svg: String {
    let scene = drawing.scene
    let (captionHeight, gap, page) = (24.0, 8.0, 1200.0)
    let width = max(scene.width, (captions.map { SVG.width(of: $0, size: 13) }.max() ?? 0) + 32)
    let height = captionHeight + scene.height + gap
    let columns = min(max(Int(page / width), 1), captions.count)
    var picture = SVG()
    for (step, caption) in captions.enumerated() {
      let (left, top) = (Double(step % columns) * width, drawing.titleHeight + Double(step / columns) * height)
      picture.add(
        "text",
        [("x", SVG.number(left + 16)), ("y", SVG.number(top + 22)), ("font-size", "13"), ("class", "graph-ink")],
        content: xmlEscaped(caption))
      picture.group([("transform", "translate(\(SVG.number(left)) \(SVG.number(top + captionHeight)))")]) {
        scene.draw(step: step, into: &$0)
      }
    }
    let rows = (captions.count + columns - 1) / columns
    return drawing.document(
      picture, width: Double(columns) * width, height: drawing.titleHeight + Double(rows) * height)
  }
}
