import Kobai
import KobaiFiles
import TestSupport
import Testing

@Suite("Weights of another network, in part")
struct LoadReportTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func network(classes: Int, seed: UInt64) throws -> Network {
    try Network(input: [4], batch: 1, ["a": Affine(3), "b": Affine(classes)], seed: seed)
  }

  @Test("what matches is loaded, the rest keeps its values, and the report says which is which") func otherClasses()
    throws
  {
    let (ten, three) = (try network(classes: 10, seed: 1), try network(classes: 3, seed: 2))
    try ten.save(to: folder / "ten")
    let file = try SafetensorsFile(folder / "ten")
    let before = three.parameters.all.map { $0.value.elements }
    let report = try three.load(file, allowing: .otherShapes)
    #expect(report.matched == ["a.weight", "a.bias"] && report.missing.isEmpty && report.unknown.isEmpty)
    #expect(report.otherShapes.map(\.name) == ["b.weight", "b.bias"] && report.otherShapes[0].network == [3, 3])
    #expect(!report.isComplete)
    #expect(report.description == "2 tensors match; b.weight is 10×3, not 3×3; b.bias is 10, not 3")
    #expect(three.parameters.all[0].value.elements == ten.parameters.all[0].value.elements)
    #expect(three.parameters.all[2].value.elements == before[2])
    let whole = try ten.load(file)
    #expect(whole.isComplete && whole.description == "4 tensors match")
  }

  @Test("what is not allowed is an error that names it, and changes nothing") func notAllowed() throws {
    let other = try Network(
      input: [4], batch: 1, ["a": Affine(3), "b": Affine(2, bias: false), "c": Affine(3)])
    try other.save(to: folder / "other")
    let (file, network) = (try SafetensorsFile(folder / "other"), try network(classes: 3, seed: 2))
    let digest = network.weightsSHA256
    let head = "\(folder / "other"): does not fit the network: "
    for (allowed, problems) in [
      ([], "b.weight is 2×3, not 3×3; b.bias is missing; c.bias is unknown; c.weight is unknown"),
      ([.otherShapes], "b.bias is missing; c.bias is unknown; c.weight is unknown"),
      ([.otherShapes, .unknown], "b.bias is missing"), ([.missing, .unknown], "b.weight is 2×3, not 3×3"),
    ] as [(LoadReport.Misfits, String)] {
      let error = #expect(throws: FileError.self) { try network.load(file, allowing: allowed) }
      #expect(error?.description == head + problems)
      #expect(network.weightsSHA256 == digest)
    }
    let report = try network.load(file, allowing: [.otherShapes, .missing, .unknown])
    #expect(report.matched == ["a.weight", "a.bias"] && network.weightsSHA256 != digest)
  }

  @Test("a file of which nothing matches is an error, whatever is allowed") func nothing() throws {
    let other = try Network(input: [4], batch: 1, ["x": Affine(3)])
    try other.save(to: folder / "x")
    let network = try network(classes: 3, seed: 2)
    let error = #expect(throws: FileError.self) {
      try network.load(from: folder / "x", allowing: [.otherShapes, .missing, .unknown])
    }
    #expect(
      error?.description
        == "\(folder / "x"): does not fit the network: none of its tensors has the name and the shape of one of the network's"
    )
  }
}
