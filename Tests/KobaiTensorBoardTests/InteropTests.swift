import Foundation
import KobaiTensorBoard
import TestSupport
import Testing

/// Event files as TensorBoard itself shows them.
@Suite(.enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has tensorboard"))
struct InteropTests {
  @Test func tensorBoardShowsEverything() throws {
    let folder = try TemporaryFolder()
    let run = try EventWriter(directory: folder / "run")
    let losses: [Double] = [2.5, 1.25, 0.625]
    for (step, loss) in losses.enumerated() {
      try run.addScalar("train/loss", loss, step: step)
      let weights = (0..<100).map { Float($0 * step) }
      try run.addHistogram("conv1.weight", weights.span, step: step)
    }
    try run.addScalar("test/accuracy", Float(0.5), step: 2)
    try run.addImage("wrong/7 as 1", png: tinyPNG, step: 2)
    try EventWriter(directory: folder / "other").addScalar("train/loss", 7, step: 10)

    let check = try Interop.run("tensorboard_check.py", [folder.path])
    try #require(check.code == 0, "\(check.errors)")
    let shown = try JSONDecoder().decode(Shown.self, from: Data(check.output.utf8))

    #expect(Set(shown.scalars.keys) == ["run", "other"])
    let scalars = try #require(shown.scalars["run"])
    #expect(Set(scalars.keys) == ["train/loss", "test/accuracy"])
    #expect(scalars["train/loss"]?.map(\.value) == losses && scalars["train/loss"]?.map(\.step) == [0, 1, 2])
    #expect(scalars["test/accuracy"]?.map(\.value) == [0.5])
    #expect(abs(try #require(scalars["train/loss"]?.first).wallTime - Date().timeIntervalSince1970) < 120)
    #expect(shown.scalars["other"]?["train/loss"]?.map(\.step) == [10])

    let histograms = try #require(shown.histograms["run"]?["conv1.weight"])
    #expect(histograms.map(\.step) == [0, 1, 2])
    for (step, histogram) in histograms.enumerated() {
      #expect(histogram.value.map { $0[2] }.reduce(0, +) == 100, "every value is in a bin")
      #expect(histogram.value.first?[0] == 0 && histogram.value.last?[1] == Double(99 * step))
    }

    let images = try #require(shown.images["run"]?["wrong/7 as 1"])
    #expect(images.map(\.step) == [2])
    #expect(images.map(\.png) == [Data(tinyPNG)], "the bytes of the file come back")
  }

  /// TensorBoard has two readers, one in Rust and one in Python.
  @Test(arguments: ["--load_fast=true", "--load_fast=false"])
  func aTrainingThatGoesOnLeavesNoDoublePoints(_ reader: String) throws {
    let folder = try TemporaryFolder()
    for (first, steps) in [(nil, 1...6), (4, 4...8), (9, 9...9)] as [(Int?, ClosedRange<Int>)] {
      let writer = try EventWriter(directory: folder / "run")
      if let first { try writer.resume(at: first) }
      for step in steps {
        try writer.addScalar("loss", Double(step), step: step)
        if step % 3 == 0 { try writer.addImage("picture", png: tinyPNG, step: step) }
      }
    }
    let check = try Interop.run("tensorboard_check.py", [folder.path, reader])
    try #require(check.code == 0, "\(check.errors)")
    let shown = try JSONDecoder().decode(Shown.self, from: Data(check.output.utf8))
    #expect(shown.scalars["run"]?["loss"]?.map(\.step) == Array(1...9))
    #expect(shown.images["run"]?["picture"]?.map(\.step) == [3, 6, 9])
  }

  private struct Shown: Decodable {
    struct Point<Value: Decodable>: Decodable {
      let wallTime: Double
      let step: Int
      let value: Value
      enum CodingKeys: String, CodingKey {
        case wallTime = "wall_time"
        case step, value
      }
    }
    struct Image: Decodable {
      let step: Int
      let png: Data
    }
    let scalars: [String: [String: [Point<Double>]]]
    let histograms: [String: [String: [Point<[[Double]]>]]]
    let images: [String: [String: [Image]]]
  }
}
