import Foundation
import KobaiFiles
import TestSupport
import Testing

/// What the commands that read weights make of files that say little, or nonsense.
@Suite("cnn-train with weights from elsewhere")
struct WeightsOptionsTests {
  private let folder: TemporaryFolder
  private let weights: String

  /// Trained on inputs of mean 0 and deviation 1, once for all tests.
  private static let trained = Result {
    let folder = try TemporaryFolder()
    let run = try Command.run(
      "cnn-train",
      ["--data", "embedded", "--model", "mlp", "--epochs", "2", "--standardize", "--quiet", "--save", folder / "w"])
    try #require(run.code == 0, "\(run.errors)")
    return (file: try readFile(folder / "w"), accuracy: try #require(run.lines.first))
  }

  init() throws {
    folder = try TemporaryFolder()
    weights = folder / "w.safetensors"
    try folder.write(Self.trained.get().file, to: "w.safetensors")
  }

  /// The file with other metadata, and its first tensor's first number set if wanted.
  private func rewrite(to name: String, metadata: [String: String]?, tensor: String? = nil, value: Float = 0) throws {
    let file = try Self.trained.get().file
    let size = (0..<8).reduce(0) { $0 | Int(file[$1]) << (8 * $1) }
    var header = try #require(
      try JSONSerialization.jsonObject(with: Data(file[8..<8 + size])) as? [String: [String: Any]])
    header["__metadata__"] = metadata
    var data = Array(file[(8 + size)...])
    if let tensor, let start = (header[tensor]?["data_offsets"] as? [Int])?.first {
      data.replaceSubrange(start..<start + 4, with: value.bitPattern.littleEndianBytes)
    }
    let text = Array(try JSONSerialization.data(withJSONObject: header))
    let padded = text + [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    try folder.write(padded.count.littleEndianBytes + padded + data, to: name)
  }

  private func eval(_ file: String, _ options: String...) throws -> Command {
    try Command.run("cnn-train", ["eval", "--weights", folder / file, "--data", "embedded", "--quiet"] + options)
  }

  @Test("--normalize says what a file does not; what is assumed, or overruled, is one line")
  func normalization() throws {
    let accuracy = try Self.trained.get().accuracy
    try rewrite(to: "bare", metadata: nil)
    let path = folder / "bare"
    let unverified = "notice: \(path) has no SHA-256 of its contents: damage would go unnoticed\n"
    let assumed = try eval("bare", "--model", "mlp")
    #expect(assumed.code == 0 && assumed.output != accuracy + "\n")
    #expect(
      assumed.errors
        == "notice: \(path) does not say how its inputs were normalised: unit is assumed; --normalize says otherwise\n"
        + unverified)
    for normalization in ["mnist", "0.1307,0.3081"] {
      let told = try eval("bare", "--model", "mlp", "--normalize", normalization)
      #expect(told.output == accuracy + "\n" && told.errors == unverified)
    }
    let other = try eval("w.safetensors", "--normalize", "0.5,0.25")
    #expect(other.output != accuracy + "\n")
    #expect(other.errors == "notice: \(weights) says mnist, but --normalize 0.5,0.25 is used\n")
    let same = try eval("w.safetensors", "--normalize", "mnist")
    #expect(same.output == accuracy + "\n" && same.errors.isEmpty)
    let slashed = try eval("bare", "--model", "mlp", "--normalize", "0.1307/0.3081")
    #expect(slashed.output == accuracy + "\n" && slashed.errors == unverified)
    let colors = try eval("bare", "--model", "mlp", "--normalize", "0.5,0.4,0.3/1,1,1")
    #expect(colors.code == 64)
    #expect(
      colors.errors.hasPrefix(
        "error: --normalize 0.5,0.4,0.3/1.0,1.0,1.0: 3 channels, but the inputs of \(path) have 1 ("))
    for wrong in ["zero", "1", "0,0", "0.1,-1", "1,2,3", "nan,1", "0,inf", "1/2/3", "1,2/3", "1,2/3,0", "/"] {
      #expect(try eval("bare", "--normalize", wrong).code == 64, "\(wrong)")
    }
  }

  @Test("what was told is kept: eval --save writes it, and the next reader finds it")
  func keeping() throws {
    try rewrite(to: "bare", metadata: nil)
    let saved = folder / "saved"
    let first = try eval("bare", "--model", "mlp", "--normalize", "0.13,0.31", "--save", saved)
    let second = try eval("saved")
    #expect(first.code == 0 && second.output == first.output && second.errors.isEmpty)
    try rewrite(to: "odd", metadata: ["model": "mlp", "normalization": "imagenet"])
    let odd = try eval("odd")
    #expect(odd.code == 1)
    #expect(
      odd.errors
        == "error: \(folder / "odd"): its normalization \"imagenet\" is neither unit, mnist, cifar10, MEAN,STD nor MEAN,…/STD,…\n"
    )
    try rewrite(to: "colors", metadata: ["model": "mlp", "normalization": "cifar10"])
    #expect(
      try eval("colors").errors
        == "error: \(folder / "colors"): its normalization \"cifar10\" is for 3 channels, but its inputs have 1; "
        + "--normalize overrides it\n")
    let export = try Command.run(
      "cnn-train", ["export", "--weights", saved, "--onnx", folder / "w.onnx", "--normalize", "mnist"])
    #expect(export.errors == "notice: \(saved) says 0.13,0.31, but --normalize mnist is used\n")
    let onnx = try readFile(folder / "w.onnx")
    #expect(String(decoding: onnx, as: UTF8.self).contains(/normalization.{0,4}mnist/.dotMatchesNewlines()))
  }

  @Test("weights that are no numbers are refused, by name", arguments: [Float.nan, .infinity])
  func nonsense(_ value: Float) throws {
    try rewrite(to: "bad", metadata: ["model": "mlp", "normalization": "unit"], tensor: "affine2.bias", value: value)
    let bad = folder / "bad"
    let line =
      "notice: \(bad) has no SHA-256 of its contents: damage would go unnoticed\n"
      + "error: \(bad): affine2.bias holds \(value); such weights predict nothing; train again with a lower rate\n"
    for arguments in [
      ["eval", "--data", "embedded"], ["predict", "picture.png"], ["export", "--onnx", folder / "bad.onnx"],
    ] {
      let run = try Command.run("cnn-train", [arguments[0], "--weights", bad] + arguments.dropFirst())
      #expect(run.code == 1 && run.errors == line)
    }
    #expect(!FileManager.default.fileExists(atPath: folder / "bad.onnx"))
  }
}
