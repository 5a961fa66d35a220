import Foundation
import KobaiKernels
import TestSupport
import Testing

@testable import KobaiData

/// Data of every kind, as they are trained on.
@Suite struct TrainingDataTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func table(_ text: String, _ name: String = "t.csv") throws -> String {
    try folder.write(Array(text.utf8), to: name)
    return folder / name
  }

  private func failure(_ load: () throws -> Any) -> String? {
    do {
      _ = try load()
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test("the target of a table is found by its name and by the looks of its fields")
  func targets() throws {
    func target(_ header: String, _ row: (Int) -> String, _ wanted: [TableColumn]? = nil) throws -> TableEncoding.Target
    {
      let path = try table(([header] + (0..<60).map(row)).joined(separator: "\n"))
      var options = TrainingDataOptions()
      options.targetColumns = wanted
      let data = try TrainingData(contentsOf: path, options: options)
      #expect(data.targets == data.encoding?.target.kind && data.train.count == 48 && data.test.count == 12)
      return try #require(data.encoding).target
    }
    #expect(
      try target("a,Target,b", { "\($0),\($0 % 20),1" }) == .classes(column: "Target", names: (0..<20).map { "\($0)" }))
    #expect(
      try target("y,class,a", { "\($0),\(["no", "yes"][$0 % 2]),1" })
        == .classes(column: "class", names: ["no", "yes"]))
    #expect(try target("a,b", { "1,\($0 % 21)" }) == .values(columns: ["b"]))
    #expect(try target("a,b", { "1,\($0 % 2 - 1)" }) == .values(columns: ["b"]))
    #expect(try target("a,b", { "1,\($0).5" }) == .values(columns: ["b"]))
    #expect(try target("a,b,c", { "1,\($0 % 2),0" }, ["b", "c"]) == .labels(columns: ["b", "c"]))
    #expect(try target("a,b,c", { "1,\($0 % 3),0" }, ["b", "c"]) == .values(columns: ["b", "c"]))
    let path = try table("a,b,c\n1,x,2\n1,y,3\n")
    var options = TrainingDataOptions()
    options.targetColumns = ["b", "c"]
    #expect(
      failure { try TrainingData(contentsOf: path, options: options) }
        == "DIR/t.csv: column \"b\" holds texts, and is one of several targets; name it alone for its classes")
    options.targets = .classes
    #expect(
      failure { try TrainingData(contentsOf: path, options: options) }
        == "DIR/t.csv: 2 columns are no class; name one column, or take them as labels or numbers")
  }

  @Test("the rows to train on have every class and category, and are cut by class")
  func coverage() throws {
    let rows = (0..<200).map { "\($0),\($0 % 40 == 7 ? "rare \($0)" : "usual"),\($0 % 4 == 0 ? "b" : "a")" }
    let path = try table((["n,kind,class"] + rows + ["5,usual,alone"]).joined(separator: "\n"))
    let data = try TrainingData(contentsOf: path)
    #expect(data.classNames?.names == ["a", "alone", "b"])
    let (train, test) = (try Loaded(data.train), try Loaded(data.test))
    #expect(Set(train.classes) == [0, 1, 2] && (33...40).contains(data.test.count))
    let width = try #require(data.encoding).width
    for place in 0..<width {
      #expect(stride(from: place, to: train.inputs.count, by: width).contains { train.inputs[$0] != 0 })
    }
    #expect((9...11).contains(test.classes.count { $0 == 2 }))
    // The same file gives the same rows again, by the encoding that was learned.
    var options = TrainingDataOptions()
    options.encoding = data.encoding
    #expect(try TrainingData(contentsOf: path, options: options).sha256 == data.sha256)
    #expect(data.whole?.count == 201)
    let single = try table("n,class\n1,a\n2,b\n")
    #expect(
      failure { try TrainingData(contentsOf: single) }
        == "DIR/t.csv: has no sample to spare: each is the only one of a class or category; name a folder with a file to train on "
        + "and one to test with")
  }

  @Test("folders of two tables: one without targets is left out with a note, numbers of rows are, too")
  func folders() throws {
    var notes: [String] = []
    func load() throws -> TrainingData {
      notes = []
      return try TrainingData(contentsOf: folder.path) {
        notes.append($0.replacingOccurrences(of: folder.path, with: "DIR"))
      }
    }
    _ = try table(",a,y\n0,1,u\n1,2,v\n2,3,u\n3,4,v\n", "train.csv")
    _ = try table(",a,y\n0,9,v\n", "test.csv")
    let both = try load()
    #expect(both.train.count == 4 && both.test.count == 1 && both.whole == nil && both.encoding?.width == 1)
    #expect(
      notes == ["DIR/train.csv: left out its first column, which has no name, as numbers of rows have none"])
    _ = try table(",a\n0,9\n", "test.csv")
    let one = try load()
    #expect(one.train.count + one.test.count == 4 && one.whole != nil)
    #expect(notes.last == "DIR/test.csv: left out, for it has no column \"y\" to test by")
  }

  @Test("archives of arrays: images, classes, labels, numbers, and nothing but inputs")
  func archives() throws {
    func load(
      _ arrays: [(name: String, shape: [Int], bytes: [UInt8])], _ targets: TargetKind? = nil
    ) throws -> TrainingData {
      try folder.write(ZipFixture.npz(arrays), to: "a.npz")
      var options = TrainingDataOptions()
      options.targets = targets
      return try TrainingData(contentsOf: folder / "a.npz", options: options)
    }
    func bytes(_ count: Int, below limit: Int = 200) -> [UInt8] { (0..<count).map { UInt8($0 * 7 % limit) } }
    let images = try load([("x", [20, 4, 4], bytes(320)), ("y", [20], bytes(20, below: 2))])
    #expect(images.images?.train.count == 16 && images.images?.test.count == 4 && images.whole?.count == 20)
    let classes = try load([("X", [20, 5], bytes(100)), ("y", [20], bytes(20, below: 3))])
    #expect(classes.targets == .classes && classes.train.inputShape == [5] && classes.images == nil)
    let labels = try load([("x", [20, 5], bytes(100)), ("y", [20, 2], bytes(40, below: 2))])
    #expect(labels.targets == .labels && labels.classNames?.count == 2)
    let values = try load([("x", [20, 5], bytes(100)), ("y", [20, 2], bytes(40))])
    #expect(values.targets == .values && values.classNames == nil)
    let itself = try load([("x_train", [6, 5], bytes(30)), ("x_test", [2, 5], bytes(10))], .input)
    #expect(itself.train.targetFormat == .input && itself.test.count == 2)
    let forced = try load([("x", [20, 4, 4], bytes(320)), ("y", [20], bytes(20, below: 2))], .values)
    #expect(forced.targets == .values && forced.train.inputShape == [4, 4])
    #expect(
      failure { try load([("x_train", [6, 5], bytes(30))]) }
        == "DIR/a.npz: has inputs \"x_train\", but no targets; save them beside, or train to reconstruct the inputs")
    for shape in [[5], [4, 4]] {
      let (train, test) = ([6] + shape, [2] + shape)
      #expect(
        failure {
          try load([
            ("x_train", train, bytes(train.reduce(1, *))), ("y_train", [6], bytes(6, below: 2)),
            ("x_test", test, bytes(test.reduce(1, *))),
          ])
        }
          == "DIR/a.npz: has inputs \"x_test\", but no targets; save them beside, or train to reconstruct the inputs")
    }
    let untrained = try load([
      ("x_train", [6, 5], bytes(30)), ("y_train", [6], [0, 1, 2, 0, 1, 2]), ("x_test", [2, 5], bytes(10)),
      ("y_test", [2], [3, 1]),
    ])
    #expect(untrained.classNames?.count == 4, "a class that there is to test with alone")
    #expect(
      failure {
        try load([
          ("x_train", [4, 5], bytes(20)), ("y_train", [4], bytes(4)), ("x_test", [2, 4], bytes(8)),
          ("y_test", [2], bytes(2)),
        ])
      }
        == "DIR/a.npz: the samples to test with have another shape or type than those to train on; save them alike")
    try NumPyArray([1, 2, 3, 4], shape: [4, 1]).write(to: folder / "x.npy")
    #expect(
      failure { try TrainingData(contentsOf: folder / "x.npy") }
        == "DIR/x.npy: is one array without targets; save both with numpy.savez(…, x_train=…, y_train=…), or train to "
        + "reconstruct it")
  }

  @Test("digests: of images their set's, of samples over all that they are")
  func digests() throws {
    let digits = try Dataset.embedded()
    #expect(try TrainingData(digits).sha256 == digits.sha256)
    #expect(try TrainingData(digits, targets: .input).sha256 == digits.sha256)
    func data(_ inputs: [Float], _ classes: [Int], _ weights: [Float]? = nil) throws -> String {
      let samples = Samples(inputs: inputs, shape: [2], targets: .classes(classes, count: 3), weights: weights)
      return try TrainingData(name: "a", train: samples, test: samples).sha256
    }
    let digests = try [
      data([1, 2, 3, 4], [0, 1]), data([1, 2, 3, 5], [0, 1]), data([1, 2, 3, 4], [0, 2]),
      data([1, 2, 3, 4], [0, 1], [1, 1]),
    ]
    #expect(Set(digests).count == 4)
    #expect(try data([1, 2, 3, 4], [0, 1]) == digests[0])
  }

  @Test("names of classes and labels can be others, as many")
  func names() throws {
    let path = try table((["a,b,c"] + (0..<20).map { "\($0).5,\($0 % 2),1" }).joined(separator: "\n"))
    var options = TrainingDataOptions()
    options.targetColumns = ["b", "c"]
    let labels = try TrainingData(contentsOf: path, options: options)
    #expect(labels.classNames?.names == ["b", "c"])
    #expect(try labels.named(ClassNames(["x", "y"])).classNames?.names == ["x", "y"])
    #expect(failure { try labels.named(ClassNames(["x"])) } == "1 names for the 2 classes of DIR/t.csv")
    options.targetColumns = ["a"]
    #expect(
      failure { try TrainingData(contentsOf: path, options: options).named(ClassNames(["x"])) }
        == "the targets of DIR/t.csv are neither classes nor labels, which alone have names")
  }

  @Test("a subset loads its own samples, many at a time")
  func subset() throws {
    let count = 700
    let samples = Samples(
      inputs: (0..<2 * count).map(Float.init), shape: [2], targets: .classes((0..<count).map { $0 % 9 }, count: 9),
      weights: (0..<count).map { Float($0) / 2 })
    let indices = (0..<count / 2).map { Int32(count - 1 - 2 * $0) }
    let subset = SampleSubset(samples, at: indices)
    let loaded = try Loaded(subset)
    #expect(loaded.inputs == indices.flatMap { [Float(2 * $0), Float(2 * $0 + 1)] })
    #expect(loaded.classes == indices.map { $0 % 9 } && loaded.weights == indices.map { Float($0) / 2 })
    #expect(try Loaded(subset, [3, 0]).inputs == [Float(2 * indices[3]), Float(2 * indices[3] + 1), 1398, 1399])
  }
}
