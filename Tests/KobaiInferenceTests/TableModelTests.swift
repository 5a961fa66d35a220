import Kobai
import KobaiData
import KobaiInference
import KobaiTraining
import TestSupport
import Testing

/// Rows of a table as inputs: the file alone says how they become numbers.
@Suite struct TableModelTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws -> String {
    try folder.write(Array(text.utf8), to: name)
    return folder / name
  }

  @Test("rows are encoded and normalised as an evaluator has them, to the bit, whatever stands in other columns")
  func rows() throws {
    let lines = (0..<1500).map { "\($0 % 17).25,\(["red", "blue"][$0 % 2]),\($0 % 3)" }
    let path = try write((["size,colour,kind"] + lines).joined(separator: "\n"), to: "t.csv")
    let table = try Table(contentsOf: path, target: .classes("kind"))
    let network = try Network(input: [3], batch: 8, ["affine": Affine(5), "relu": ReLU(), "out": Affine(3)], seed: 2)
    let normalization = try Normalization.learned(from: table)
    let card = ModelCard(
      input: [3], task: .classification, classNames: try ClassNames(["a", "b", "c"]), normalization: normalization,
      orientation: nil, encoding: table.encoding)
    try network.save(to: folder / "m.safetensors", metadata: card.metadata)
    let model = try Model(contentsOf: folder / "m.safetensors", batch: 32)
    #expect(model.card == card && model.notices.isEmpty)
    let expected = try Evaluator(network, task: .classification(classes: 3))
      .predictions(Batches(table, batchSize: 8, normalization: normalization))
    let found = try model.predict(table: path)
    #expect(found.count == 1500)
    for (a, b) in zip(found, expected) { expectSameBits(a.values, b.probabilities, "row \(b.index)") }
    let bare = try write("colour,note,size\nblue,x,1.25\n", to: "bare.csv")
    #expect(try model.predict(table: bare) == [model.predict([1.25, 1, 0])])
  }

  @Test("what is no table for the model is one line")
  func refusals() throws {
    let network = try Network(input: [2], batch: 1, ["affine": Affine(2)])
    let plain = try Model(network, card: ModelCard(input: [2], classNames: ClassNames(count: 2)))
    let path = try write("a,b,y\n1,2,0\n3,4,1\n", to: "t.csv")
    func failure(_ body: () throws -> Any) -> String? {
      do {
        _ = try body()
        return nil
      } catch { return "\(error)".replacing(folder.path, with: "DIR") }
    }
    #expect(
      failure { try plain.predict(table: path) }
        == "DIR/t.csv: is taken for a table, but the network was trained on none: its inputs are 2 without columns' names"
    )
    let encoding = try Table(contentsOf: path, target: .classes("y")).encoding
    var card = ModelCard(input: [2], classNames: ClassNames(count: 2))
    card.encoding = encoding
    var metadata = card.metadata
    try Network(input: [3], batch: 1, ["affine": Affine(2)]).save(to: folder / "3.safetensors", metadata: metadata)
    #expect(
      failure { try Model(contentsOf: folder / "3.safetensors") }
        == "DIR/3.safetensors: its encoding is none of a table with 3 inputs; save the network again")
    metadata["encoding"] = "{}"
    try network.save(to: folder / "2.safetensors", metadata: metadata)
    #expect(
      failure { try Model(contentsOf: folder / "2.safetensors") }
        == "DIR/2.safetensors: its encoding is none of a table with 2 inputs; save the network again")
  }
}
