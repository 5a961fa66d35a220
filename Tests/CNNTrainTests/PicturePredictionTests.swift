import Kobai
import KobaiData
import KobaiInference
import KobaiReport
import TestSupport
import Testing

/// Pictures for networks that take no digits.
@Suite("cnn-train predict of pictures in colours")
struct PicturePredictionTests {
  private let folder: TemporaryFolder
  private let weights: String

  /// A network whose classes are the colours that the mean of a picture has most of.
  init() throws {
    folder = try TemporaryFolder()
    weights = folder / "colours.safetensors"
    let layers: Sequential = ["mean": GlobalAveragePool2D(), "affine": Affine(3)]
    let network = try Network(input: [3, 8, 8], batch: 1, layers)
    let weight = Tensor([3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9])
    try #require(network.namedTensors.first { $0.name == "affine.weight" }).tensor.copy(from: weight)
    let card = ModelCard(input: [3, 8, 8], classNames: try ClassNames(["red", "green", "blue"]))
    try network.save(to: weights, metadata: card.metadata)
  }

  private func write(_ name: String, _ width: Int, _ height: Int, _ colour: (_ x: Int, _ y: Int) -> [UInt8]) throws
    -> String
  {
    let pixels = (0..<width * height).flatMap { colour($0 % width, $0 / width) }
    try folder.write(PNGImage(width: width, height: height, rgb: pixels).bytes, to: name)
    return folder / name
  }

  private func predict(_ arguments: String...) throws -> Command {
    try Command.run("cnn-train", ["predict", "--weights", weights] + arguments)
  }

  @Test("the picture is drawn beside its classes with their probabilities") func drawing() throws {
    let path = try write("red.png", 8, 8) { _, y in y < 4 ? [255, 255, 255] : [255, 0, 0] }
    let run = try predict(path)
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(
      run.lines == [
        path, "  ████████   red     97.83 %", "  ████████   green    1.09 %", "  ░░░░░░░░   blue     1.09 %",
        "  ░░░░░░░░",
      ])
    #expect(try predict(path, "--quiet").output == "\(path): red\n")
  }

  @Test("a picture of other proportions becomes what it would be in a folder to train on: the middle is taken")
  func proportions() throws {
    // Whatever is beside the middle square does not count.
    let wide = try write("wide.png", 40, 10) { x, _ in (15..<25).contains(x) ? [0, 255, 0] : [255, 0, 0] }
    let high = try write("high.png", 30, 300) { _, y in (135..<165).contains(y) ? [0, 0, 255] : [255, 0, 0] }
    let strip = try write("strip.png", 9000, 1) { x, _ in abs(x - 4500) < 3 ? [0, 0, 255] : [255, 0, 0] }
    let tiny = try write("tiny.png", 1, 1) { _, _ in [10, 20, 10] }
    let run = try predict("--quiet", wide, high, strip, tiny)
    #expect(
      run.output == "\(wide): green\n\(high): blue\n\(strip): blue\n\(tiny): green\n", "\(run.output)\(run.errors)")
  }

  @Test("a folder is all its pictures, in the order of their names; gray ones, and what cannot be read")
  func folders() throws {
    let pictures = try TemporaryFolder()
    for (name, colour) in [("10.png", [0, 0, 255]), ("9.png", [0, 255, 0])] as [(String, [UInt8])] {
      let pixels = (0..<64).flatMap { _ in colour }
      try pictures.write(PNGImage(width: 8, height: 8, rgb: pixels).bytes, to: name)
    }
    try pictures.write(Array("notes".utf8), to: "notes.txt")
    let run = try predict("--quiet", pictures.path)
    #expect(run.output == "\(pictures / "9.png"): green\n\(pictures / "10.png"): blue\n", "\(run.errors)")
    try pictures.write(PNGImage(width: 4, height: 4, gray: [UInt8](repeating: 99, count: 16)).bytes, to: "11.png")
    try pictures.write(Array("none".utf8), to: "12.PNG")
    let more = try predict("--quiet", pictures.path)
    #expect(more.code == 1 && more.lines.count == 3 && more.lines[2] == "\(pictures / "11.png"): red")
    #expect(
      more.errors == "error: \(pictures / "12.PNG"): is neither a PNG nor a JPEG file; convert it to PNG or JPEG\n")
    let empty = try TemporaryFolder()
    let none = try predict(empty.path)
    #expect(none.code == 1 && none.errors == "error: \(empty.path): holds no PNG or JPEG picture\n", "\(none.errors)")
  }
}
