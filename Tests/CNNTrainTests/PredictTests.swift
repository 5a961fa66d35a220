import Foundation
import KobaiData
import KobaiFiles
import KobaiReport
import TestSupport
import Testing

/// Digits from pictures, and models for others.
@Suite("cnn-train predict and export")
struct PredictTests {
  private let folder: TemporaryFolder
  private let weights: String

  /// A file of weights, trained once for all tests.
  private static let trained = Result {
    let folder = try TemporaryFolder()
    let run = try Command.run(
      "cnn-train", ["--data", "embedded", "--recipe", "sprint", "--quiet", "--save", folder / "w"])
    try #require(run.code == 0, "\(run.errors)")
    return try readFile(folder / "w")
  }

  init() throws {
    folder = try TemporaryFolder()
    weights = folder / "digits.safetensors"
    try folder.write(Self.trained.get(), to: "digits.safetensors")
  }

  /// A digit enlarged by linear interpolation in the middle of a picture, dark on light or light on dark.
  private static func picture(_ set: ImageSet, _ index: Int, width: Int, height: Int, isDark: Bool) -> PNGImage {
    PNGImage(
      width: width, height: height, gray: grays(set, index, width: width, height: height, isDark: isDark))
  }

  private static func grays(_ set: ImageSet, _ index: Int, width: Int, height: Int, isDark: Bool) -> [UInt8] {
    let span = set.pixels
    let (side, first) = (set.size.width, index * set.pixelsPerImage)
    let original = (0..<side * side).map { Double(span[first + $0]) }
    func at(_ x: Int, _ y: Int) -> Double {
      (0..<side).contains(x) && (0..<side).contains(y) ? original[y * side + x] : 0
    }
    let size = Double(min(width, height)) * 0.9
    func place(_ pixel: Int, _ length: Int) -> Double {
      (Double(pixel) + 0.5 - (Double(length) - size) / 2) / size * Double(side) - 0.5
    }
    return (0..<width * height).map { i -> UInt8 in
      let (u, v) = (place(i % width, width), place(i / width, height))
      let (x, y) = (Int(u.rounded(.down)), Int(v.rounded(.down)))
      let (a, b) = (u - Double(x), v - Double(y))
      let ink =
        (at(x, y) * (1 - a) + at(x + 1, y) * a) * (1 - b) + (at(x, y + 1) * (1 - a) + at(x + 1, y + 1) * a) * b
      return UInt8((isDark ? 255 - ink : ink).rounded())
    }
  }

  @Test("97 of 100 test digits are read from pictures of other sizes, half of them dark on light")
  func pictures() throws {
    let test = try Dataset.embedded().test
    let sizes = [(40, 40), (56, 64), (100, 140), (300, 300), (33, 41)]
    var paths: [String] = []
    for i in 0..<100 {
      let (width, height) = sizes[i % 5]
      let picture = Self.picture(test, i, width: width, height: height, isDark: i % 2 == 1)
      try folder.write(picture.bytes, to: "\(i).png")
      paths.append(folder / "\(i).png")
    }
    let run = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet"] + paths)
    try #require(run.code == 0, "\(run.errors)")
    let right = run.lines.enumerated().count { i, line in line == "\(paths[i]): \(test.labels[i])" }
    #expect(run.lines.count == 100 && right >= 97, "\(right) of 100")
  }

  @Test("a picture is drawn with its digit, its probability and the runners-up; IDX files are read as well")
  func drawing() throws {
    let test = try Dataset.embedded().test
    try folder.write(Self.picture(test, 0, width: 60, height: 60, isDark: true).bytes, to: "zero.png")
    let one = try Command.run("cnn-train", ["predict", "--weights", weights, folder / "zero.png"])
    #expect(one.lines.first == folder / "zero.png")
    #expect(one.lines.count { $0.contains("█") } > 5)
    #expect(
      one.lines.last?.contains(/^  0  \d+\.\d\d %   \d  \d+\.\d\d %   \d  \d+\.\d\d %   \d  \d+\.\d\d %$/) == true)

    let span = test.pixels
    let pixels = (0..<2 * 784).map { span[$0] }
    try folder.write(IDXFile.images(2, height: 28, width: 28, pixels), to: "images")
    let idx = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet", folder / "images"])
    #expect(idx.lines == ["\(folder / "images")[0]: 0", "\(folder / "images")[1]: 1"])
  }

  @Test("38 of 40 photographs are read: shading, shadows, lines, frames, specks; none is called blank")
  func photographs() throws {
    let test = try Dataset.embedded().test
    let span = test.pixels
    let extras = SyntheticPhotograph.Extra.allCases
    var paths: [String] = []
    for i in 0..<40 {
      let digit = (0..<784).map { span[i * 784 + $0] }
      let chosen = Set([extras[i % 7], extras[i / 7 % 7], extras[(3 * i + 1) % 7]])
      let photograph = SyntheticPhotograph(
        digit, width: 160 + 20 * (i % 4), height: 200, Array(chosen), isBoard: i % 6 == 5, seed: UInt64(i))
      let file = PNGImage(width: photograph.width, height: photograph.height, gray: photograph.pixels)
      try folder.write(file.bytes, to: "\(i).png")
      paths.append(folder / "\(i).png")
    }
    let run = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet"] + paths)
    try #require(run.code == 0, "\(run.errors)")
    let right = run.lines.enumerated().count { i, line in line == "\(paths[i]): \(test.labels[i])" }
    #expect(run.lines.count == 40 && right >= 38, "\(right) of 40: \(run.lines)")
  }

  @Test("several digits are answered in the order of reading, or as one with --single; what is doubtful is said")
  func severalDigits() throws {
    let test = try Dataset.embedded().test
    let digits = [3, 1, 4].map { label in test.labels.firstIndex { $0 == label }! }
    let pictures = digits.map { Self.grays(test, $0, width: 80, height: 80, isDark: true) }
    let page = (0..<80).flatMap { y in pictures.flatMap { $0[y * 80..<(y + 1) * 80] } }
    try folder.write(PNGImage(width: 240, height: 80, gray: page).bytes, to: "page.png")
    let quiet = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet", folder / "page.png"])
    #expect(quiet.output == "\(folder / "page.png"): 3 1 4\n")
    let drawn = try Command.run("cnn-train", ["predict", "--weights", weights, folder / "page.png"])
    #expect(drawn.lines.filter { $0.contains("page") } == (1...3).map { "\(folder / "page.png") (digit \($0) of 3)" })
    let single = try Command.run(
      "cnn-train", ["predict", "--weights", weights, "--quiet", "--single", folder / "page.png"])
    #expect(single.lines.count == 1 && single.output.contains(/: \d\n$/))
    #expect(single.errors.hasPrefix("warning: \(folder / "page.png"): doubtful: it is as wide as two digits"))

    let bar = (0..<100 * 100).map { 45..<55 ~= $0 % 100 && $0 / 100 < 70 ? UInt8(20) : 235 }
    try folder.write(PNGImage(width: 100, height: 100, gray: bar).bytes, to: "edge.png")
    let edge = try Command.run("cnn-train", ["predict", "--weights", weights, "--quiet", folder / "edge.png"])
    #expect(edge.code == 0 && edge.lines.count == 1)
    #expect(edge.errors.hasPrefix("warning: \(folder / "edge.png"): doubtful: its ink touches the picture's edge"))
  }

  @Test("a picture that cannot be read is one line; the others are answered")
  func refusals() throws {
    let test = try Dataset.embedded().test
    try folder.write(Self.picture(test, 0, width: 60, height: 60, isDark: true).bytes, to: "zero.png")
    try folder.write(Array("hello".utf8), to: "text.png")
    try folder.write(PNGImage(width: 40, height: 40, gray: [UInt8](repeating: 200, count: 1600)).bytes, to: "blank.png")
    let text = try Command.run(
      "cnn-train",
      ["predict", "--weights", weights, "--quiet"] + ["text", "zero", "blank", "none"].map { folder / "\($0).png" })
    #expect(text.code == 1 && text.output == "\(folder / "zero.png"): 0\n")
    #expect(
      text.errors == """
        error: \(folder / "text.png"): is neither a PNG nor a JPEG file; convert it to PNG or JPEG
        error: \(folder / "blank.png"): the picture is blank; it takes a digit that stands out from its background
        error: \(folder / "none.png"): cannot be read: No such file or directory

        """)
    let none = try Command.run("cnn-train", ["predict", "--weights", weights, folder / "none.png"])
    #expect(none.errors == "error: \(folder / "none.png"): cannot be read: No such file or directory\n")
    let nothing = try Command.run("cnn-train", ["predict", "--weights", weights])
    #expect(nothing.code == 64)
  }

  @Test("export writes ONNX, and says so where it cannot")
  func export() throws {
    let run = try Command.run("cnn-train", ["export", "--weights", weights, "--onnx", folder / "digits.onnx"])
    #expect(run.output == "\(folder / "digits.onnx"): sprint, 42,282 parameters, input 1×28×28\n")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder / "digits.onnx")).count > 4 * 42_282)
    let nowhere = try Command.run("cnn-train", ["export", "--weights", weights, "--onnx", "/no/such/a.onnx"])
    #expect(nowhere.errors == "error: /no/such/a.onnx: cannot be written: No such file or directory\n")
  }

  @Test("a report and events are written; the weights are the same without them")
  func observed() throws {
    let plain = try Command.run("cnn-train", ["--data", "embedded", "--epochs", "2"])
    let observed = try Command.run(
      "cnn-train",
      ["--data", "embedded", "--epochs", "2", "--log-dir", folder / "log", "--report", folder / "report.html"])
    #expect(observed.code == 0, "\(observed.errors)")
    #expect(observed.lines.last == plain.lines.last)
    let page = try String(contentsOfFile: folder / "report.html", encoding: .utf8)
    for words in ["Training simple on embedded digits", "Confusion matrix", "Misclassified images", "one-cycle"] {
      #expect(page.contains(words), "\(words)")
    }
    let unwritable = try Command.run("cnn-train", ["--data", "embedded", "--report", "/no/such/page.html"])
    #expect(unwritable.errors == "error: /no/such/page.html: cannot be written: No such file or directory\n")
    guard Interop.python != nil else { return }
    let check = try Interop.run("tensorboard_check.py", [folder / "log"])
    try #require(check.code == 0, "\(check.errors)")
    let shown = try #require(
      try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: [String: [String: Any]]])
    func tags(_ plugin: String) -> Set<String> { Set(shown[plugin]?.values.flatMap(\.keys) ?? []) }
    #expect(
      tags("scalars") == [
        "step/loss", "step/learning_rate", "epoch/train_loss", "epoch/train_accuracy", "epoch/test_loss",
        "epoch/test_accuracy", "epoch/images_per_second",
      ])
    let parameters = ["conv1", "affine1", "affine2"].flatMap { ["\($0).weight", "\($0).bias"] }
    #expect(
      tags("histograms").isSuperset(
        of: parameters.flatMap { ["weights/\($0)", "gradients/\($0)"] } + ["activations/pool1", "activations/affine2"]))
    #expect(tags("images").isSuperset(of: (1...30).map { "filters/\($0)" }))
    #expect(tags("images").contains { $0.hasPrefix("misclassified/1_is_") })
  }
}
