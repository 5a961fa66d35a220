import KobaiFiles
import TestSupport
import Testing

@testable import Kobai

/// The book's pickles, and everything else that can be in a pickle.
@Suite("Weights that the book's Python saved")
struct BookWeightsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ bytes: [UInt8]) throws -> BookWeights {
    try BookWeights("params.pkl", bytes)
  }

  /// What is said of a file, without its path and the way out, which are always the same.
  private func complaint(_ bytes: [UInt8]) -> String? {
    do {
      _ = try read(bytes)
      return nil
    } catch {
      let (before, after) = (
        "params.pkl: is no pickle of the book's weights: ",
        "; save its arrays with safetensors.numpy.save_file where it was made"
      )
      let text = "\(error)"
      #expect(text.hasPrefix(before) && text.hasSuffix(after) && !text.contains("\n"), "\(text)")
      return String(text.dropFirst(before.count).dropLast(after.count))
    }
  }

  @Test("arrays come in the book's names and shapes, tensors in Kobai's")
  func names() throws {
    let weights = try read(
      Pickle.file(
        3,
        Pickle.dictionary([
          ("W2", Pickle.array([4, 2], (0..<8).map(Float.init))), ("b2", Pickle.array([2], [1, 2])),
          ("W1", Pickle.array([3, 1, 2, 2], (0..<12).map(Float.init))), ("b1", Pickle.array([3], [1, 2, 3])),
        ])))
    #expect(Set(weights.arrays.keys) == ["W1", "b1", "W2", "b2"] && weights.arrays["W2"]?.shape == [4, 2])
    #expect(weights.tensors.map(\.name) == ["conv1.weight", "conv1.bias", "affine1.weight", "affine1.bias"])
    #expect(weights.tensors.map(\.tensor.shape) == [[3, 1, 2, 2], [3], [2, 4], [2]])
    #expect(weights.tensors[2].tensor.elements == [0, 2, 4, 6, 1, 3, 5, 7])
  }

  @Test("doubles, big-endian numbers and Fortran's order are the same arrays")
  func types() throws {
    let values: [Float] = [1, 2.5, -3, 4, 5, 0.1]
    func weight(_ array: [UInt8]) throws -> [Double]? {
      try read(Pickle.file(3, Pickle.dictionary([("W1", array), ("b1", Pickle.array([3], [0, 0, 0]))])))
        .arrays["W1"]?.elements
    }
    #expect(try weight(Pickle.array([2, 3], values)) == values.map(Double.init))
    #expect(try weight(Pickle.array([2, 3], [1, 4, 2.5, 5, -3, 0.1], isFortran: true)) == values.map(Double.init))
    let doubles = values.flatMap { Pickle.little(Int(bitPattern: UInt(Double($0).bitPattern)), 8) }
    #expect(try weight(Pickle.array([2, 3], doubles, type: Pickle.type("f8"))) == values.map(Double.init))
    let swapped = values.flatMap { Pickle.little(Int($0.bitPattern), 4).reversed() }
    #expect(try weight(Pickle.array([2, 3], swapped, type: Pickle.type(order: ">"))) == values.map(Double.init))
  }

  @Test("protocol 2 has bytes as text, protocol 4 frames and a memo of its own")
  func protocols() throws {
    // As Python 3 and numpy write array([[1, 2]], "f4") and array([3, 4], "f4").
    let latin = { (bytes: [UInt8]) in
      Pickle.global("_codecs", "encode")
        + Pickle.tuple(
          Pickle.text(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))), Pickle.text("latin1"))
        + Pickle.op("R")
    }
    func array(_ shape: [Int], _ values: [Float]) -> [UInt8] {
      Pickle.reconstructed
        + Pickle.tuple(
          Pickle.int(1), Pickle.op("(") + shape.flatMap(Pickle.int) + Pickle.op("t"), Pickle.type(), [0x89],
          latin(Pickle.floats(values))) + Pickle.op("b")
    }
    let second = try read(
      Pickle.file(2, Pickle.dictionary([("W1", array([1, 2], [1, -2e30])), ("b1", array([2], [3, 4]))])))
    #expect(second.arrays["W1"]?.elements == [1, Double(Float(-2e30))])

    let body = Array(Pickle.affine.dropFirst(2))
    let fourth = [0x80, 4, 0x95] + Pickle.little(body.count, 8) + body
    #expect(try read(fourth).arrays["b1"]?.elements == [7, 8, 9])
  }

  @Test(
    "what Python and numpy write today",
    .enabled(if: Interop.python != nil, "set KOBAI_PYTHON to a Python that has numpy"))
  func python() throws {
    let run = try Interop.run("numpy_pickles.py", [folder.path])
    try #require(run.code == 0, "\(run.errors)")
    let files = try folder.contents()
    #expect(files.count == 18)
    for file in files {
      let weights = try BookWeights(contentsOf: folder / file)
      #expect(
        weights.arrays["W1"]?.elements == [0, 1, 2, 3, 4, 5] && weights.arrays["W1"]?.shape == [2, 3], "\(file)")
      #expect(weights.arrays["b1"]?.elements == [0.5, 1.5, 2.5], "\(file)")
    }
  }

  @Test("a network loads them like safetensors")
  func load() throws {
    try folder.write(Pickle.affine, to: "params.pkl")
    let network = try Network(input: [2], batch: 1, ["affine1": Affine(3)])
    try network.load(from: folder / "params.pkl")
    #expect(try network.forward(Tensor([1, 2], [1, 10])).elements == [48, 60, 72])
    #expect(
      try BookWeights(contentsOf: folder / "params.pkl").tensors.map(\.name) == ["affine1.weight", "affine1.bias"])
    let other = try Network(input: [2], batch: 1, ["affine1": Affine(4)])
    let error = #expect(throws: FileError.self) { try other.load(from: folder / "params.pkl") }
    #expect(
      error?.reason == "does not fit the network: affine1.weight is 3×2, not 4×2; affine1.bias is 3, not 4")
  }

  @Test("what asks for more than arrays is refused by the name of its opcode, and nothing of it is done")
  func malice() throws {
    let system = Pickle.global("posix", "system") + Pickle.tuple(Pickle.text("touch \(folder / "done")"))
    func stackGlobal(_ module: String, _ name: String) -> [UInt8] {
      Pickle.text(module) + Pickle.text(name) + [0x93]
    }
    let cases: [([UInt8], String)] = [
      (
        Pickle.file(3, system, Pickle.op("R")),
        #"its opcode GLOBAL at byte 2 asks for "posix.system", and only numpy's arrays are taken"#
      ),
      (
        Pickle.file(3, Pickle.global("os", "system")),
        #"its opcode GLOBAL at byte 2 asks for "os.system", and only numpy's arrays are taken"#
      ),
      (
        Pickle.file(4, stackGlobal("builtins", "eval")),
        #"its opcode STACK_GLOBAL at byte 24 asks for "builtins.eval", and only numpy's arrays are taken"#
      ),
      (
        Pickle.file(4, stackGlobal("a\nb\u{1b}[31m", "x")),
        #"its opcode STACK_GLOBAL at byte 21 asks for "a\nb\u{1B}[31m.x", and only numpy's arrays are taken"#
      ),
      (
        Pickle.file(2, Pickle.global("__builtin__", "getattr")),
        #"its opcode GLOBAL at byte 2 asks for "__builtin__.getattr", and only numpy's arrays are taken"#
      ),
      (
        Pickle.file(2, Pickle.global("numpy.testing._private.utils", "runstring")),
        #"its opcode GLOBAL at byte 2 asks for "numpy.testing._private.utils.runstring", "#
          + "and only numpy's arrays are taken"
      ),
      (
        Pickle.file(2, Pickle.op("(") + Pickle.op("iposix\nsystem\n")),
        "its opcode INST at byte 3 has no place in a dictionary of arrays"
      ),
      (
        Pickle.file(2, Pickle.op("("), Pickle.global("numpy", "ndarray"), Pickle.op("o")),
        "its opcode OBJ at byte 18 has no place in a dictionary of arrays"
      ),
      (
        Pickle.file(2, Pickle.global("numpy", "ndarray"), Pickle.op(")"), [0x81]),
        "its opcode NEWOBJ at byte 18 has no place in a dictionary of arrays"
      ),
      (
        Pickle.file(4, Pickle.global("numpy", "ndarray"), Pickle.op(")}"), [0x92]),
        "its opcode NEWOBJ_EX at byte 19 has no place in a dictionary of arrays"
      ),
      (Pickle.file(2, [0x82, 1]), "its opcode EXT1 at byte 2 has no place in a dictionary of arrays"),
      (Pickle.file(2, Pickle.op("Pname\n")), "its opcode PERSID at byte 2 has no place in a dictionary of arrays"),
      (
        Pickle.file(2, Pickle.op("NQ")), "its opcode BINPERSID at byte 3 has no place in a dictionary of arrays"
      ),
      (Pickle.file(3, Pickle.op("]")), "its opcode EMPTY_LIST at byte 2 has no place in a dictionary of arrays"),
      (Pickle.file(3, Pickle.op("}2")), "its opcode DUP at byte 3 has no place in a dictionary of arrays"),
      (
        Pickle.file(2, Pickle.global("numpy", "ndarray"), Pickle.tuple(Pickle.int(9)), Pickle.op("R")),
        "its opcode REDUCE at byte 24 makes no array of what lies on the stack"
      ),
      (
        Pickle.file(2, Pickle.global("numpy", "ndarray"), Pickle.op("}b")),
        "its opcode BUILD at byte 18 fills no array or type with what lies on the stack"
      ),
      (
        Pickle.file(2, Pickle.global("_codecs", "encode"), Pickle.tuple(Pickle.text("x"), Pickle.text("hex")))
          .dropLast() + Pickle.op("R."),
        "its opcode REDUCE at byte 34 makes no array of what lies on the stack"
      ),
    ]
    for (bytes, words) in cases { #expect(complaint(bytes) == words) }
    #expect(try folder.contents() == [])
  }

  @Test("what is cut off, or claims more than it has, is refused")
  func damage() throws {
    let affine = Pickle.affine
    func entry(_ array: [UInt8]) -> [UInt8] { Pickle.file(3, Pickle.dictionary([("W1", array)])) }
    let fills = "fills no array or type with what lies on the stack"
    let makes = "makes no array of what lies on the stack"
    let zeros = [UInt8](repeating: 0, count: 24)
    let cases: [([UInt8], String)] = [
      ([], "it does not begin with PROTO"),
      (Pickle.op("cposix\nsystem\n(S'true'\ntR."), "it does not begin with PROTO"),
      (Pickle.file(5, Pickle.op("}")), "its opcode PROTO at byte 0 asks for protocol 5, not 2 to 4"),
      (Pickle.file(3, [0xff]), "byte 2 is 0xff, which is no opcode"),
      (affine.dropLast(), "it ends at byte \(affine.count - 1) without STOP"),
      (Array(affine.prefix(20)), "it ends at byte 20 within opcode GLOBAL"),
      (Array(affine.dropLast(10)), "it ends at byte \(affine.count - 10) within opcode BINBYTES"),
      (affine + [0, 0], "2 bytes follow its STOP"),
      (Pickle.file(3, Pickle.op("N")), "it is no dictionary of arrays"),
      (Pickle.file(3, Pickle.op("}(")), "it is no dictionary of arrays"),
      (Pickle.file(3, Pickle.op("}")), "it has no arrays"),
      (
        Pickle.file(4, [0x8e] + Pickle.little(Int.max, 8)), "it ends at byte 12 within opcode BINBYTES8"
      ),
      (
        Pickle.file(4, [0x8e] + [UInt8](repeating: 0xff, count: 8)), "it ends at byte 12 within opcode BINBYTES8"
      ),
      (
        Pickle.file(4, [0x95] + Pickle.little(100, 8)),
        "its opcode FRAME at byte 2 announces 100 bytes, more than follow"
      ),
      (Pickle.file(3, Pickle.op("X") + Pickle.little(1, 4) + [0xff]), "its opcode BINUNICODE at byte 2 holds no UTF-8"),
      (Pickle.file(3, Pickle.op("R")), "its opcode REDUCE at byte 2 finds too little on the stack"),
      (Pickle.file(3, Pickle.op("N(\u{1}")), "byte 4 is 0x1, which is no opcode"),
      (Pickle.file(3, Pickle.op("t")), "its opcode TUPLE at byte 2 finds no MARK"),
      (Pickle.file(3, Pickle.op("N("), [0x85]), "its opcode TUPLE1 at byte 4 finds too little on the stack"),
      (Pickle.file(3, Pickle.op("h\u{7}")), "its opcode BINGET at byte 2 recalls 7, which was not kept"),
      (Pickle.file(3, Pickle.op("q\u{7}")), "its opcode BINPUT at byte 2 finds the stack empty"),
      (
        Pickle.file(3, Pickle.op("N"), [UInt8](repeating: 0x85, count: 100_000)),
        "its opcode TUPLE1 at byte 7 nests more than 4 tuples"
      ),
      (
        Pickle.file(3, [UInt8](repeating: 0x4e, count: 100_000)),
        "its opcode NONE at byte 1002 keeps more than 1000 values on the stack or 10000 in the memo"
      ),
      (
        Pickle.file(4, Pickle.op("N") + [UInt8](repeating: 0x94, count: 100_000)),
        "its opcode MEMOIZE at byte 10003 keeps more than 1000 values on the stack or 10000 in the memo"
      ),
      (
        Pickle.file(3, Pickle.op("}"), Pickle.text("W1"), Pickle.int(3), Pickle.op("s")),
        "its opcode SETITEM at byte 15 puts something else than arrays by name into a dictionary"
      ),
      (
        Pickle.file(3, Pickle.op("}"), Pickle.text("W1"), Pickle.op("}s")),
        "its opcode SETITEM at byte 11 puts something else than arrays by name into a dictionary"
      ),
    ]
    for (bytes, words) in cases { #expect(complaint(bytes) == words) }
    for (array, words) in [
      (Pickle.array([2, 4], zeros), fills), (Pickle.array([-2, -3], zeros), fills),
      (Pickle.array([1 << 30, 1 << 30, 1 << 30], zeros), fills), (Pickle.array([0], []), fills),
      (Pickle.array([2, 3], zeros, type: Pickle.type("O8")), makes),
      (Pickle.array([2, 3], zeros, type: Pickle.type("i4")), makes),
      (Pickle.array([2, 3], zeros, type: Pickle.type(order: "|")), fills),
    ] {
      let complaint = complaint(entry(array))
      #expect(complaint?.hasSuffix(words) == true, "\(complaint ?? "it was taken")")
    }
  }

  @Test("arrays that do not make layers are refused")
  func layers() {
    func complaint(_ entries: (String, [UInt8])...) -> String? {
      self.complaint(Pickle.file(3, Pickle.dictionary(entries)))
    }
    let (matrix, vector) = (Pickle.array([2, 3], [1, 2, 3, 4, 5, 6]), Pickle.array([3], [1, 2, 3]))
    #expect(complaint(("W1", matrix)) == "it has W1, but no b1")
    #expect(
      complaint(("W1", matrix), ("b2", vector))
        == #"its array "b2" is none of W1, b1, W2, b2, … that belong together"#)
    #expect(
      complaint(("gamma1", vector)) == #"its array "gamma1" is none of W1, b1, W2, b2, … that belong together"#)
    #expect(complaint(("W1", vector), ("b1", vector)) == "W1 is 3, neither filters nor a matrix")
    #expect(complaint(("W1", matrix), ("b1", matrix)) == "b1 is 2×3, and W1 has 3 outputs")
    let deep = Pickle.array([1, 1, 1, 1, 3], [1, 2, 3])
    #expect(complaint(("W1", matrix), ("b1", deep)) == "b1 is 1×1×1×1×3, and W1 has 3 outputs")
  }

  /// A thousand arrays that all point to the same megabyte would be a gigabyte.
  @Test("a text that is decoded again and again is refused before it takes memory") func decodedAgain() throws {
    // The function and its operands are kept, and called 900 times.
    let kept = Pickle.global("_codecs", "encode") + [0x71, 0]
    let operands =
      Pickle.tuple(Pickle.text(String(repeating: "a", count: 10_000)), Pickle.text("latin1")) + [0x71, 1]
    let again = (0..<900).flatMap { _ -> [UInt8] in [0x68, 0, 0x68, 1] + Pickle.op("R") }
    let file = Pickle.file(2, kept, operands, again)
    let reason = complaint(file)
    #expect(reason?.hasSuffix("decodes more bytes than the file has") == true, "\(reason ?? "it is read")")
  }

  @Test("arrays that share their bytes are refused before they take memory")
  func shared() throws {
    let values = [UInt8](repeating: 0, count: 4096)
    var body = Pickle.op("}(") + Pickle.text("W1")
    body += Pickle.reconstructed + Pickle.op("(") + Pickle.int(1) + Pickle.tuple(Pickle.int(32), Pickle.int(32))
    body += Pickle.type() + [0x89] + Pickle.bytes(values) + Pickle.op("q\u{9}tb")
    for i in 2..<100 {
      body += Pickle.text("W\(i)") + Pickle.reconstructed + Pickle.op("(") + Pickle.int(1)
      body += Pickle.tuple(Pickle.int(32), Pickle.int(32)) + Pickle.type() + [0x89] + Pickle.op("h\u{9}tb")
    }
    let bytes = Pickle.file(3, body, Pickle.op("u"))
    #expect(
      complaint(bytes) == "its arrays share their bytes: they claim \(99 * 4096), and the file has \(bytes.count)")
  }

  @Test("20,000 damaged copies: each is read or refused in one line")
  func fuzzing() throws {
    var random = TestRandom(1)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = Pickle.affine
      for _ in 0...random.index(below: 3) where !bytes.isEmpty {
        switch random.index(below: 3) {
        case 0: bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256))
        case 1: bytes.removeSubrange(random.index(below: bytes.count)..<bytes.count)
        default: bytes.insert(UInt8(random.index(below: 256)), at: random.index(below: bytes.count))
        }
      }
      if complaint(bytes) != nil { refused += 1 }
    }
    #expect(refused > 10_000)
  }
}
