import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

@Suite struct TableTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String, _ name: String = "t.csv") throws -> String {
    try folder.write(Array(text.utf8), to: name)
    return folder / name
  }

  private func table(
    _ text: String, _ target: TableTarget, inputs: [TableColumn]? = nil, ignoring: [TableColumn] = [],
    categories: [TableColumn] = [], weights: TableColumn? = nil, format: TableFormat = TableFormat()
  ) throws -> Table {
    try Table(
      contentsOf: file(text), target: target, inputs: inputs, ignoring: ignoring, categories: categories,
      weights: weights, format: format)
  }

  @Test("classes by name, in an order that is not that of the rows")
  func classes() throws {
    let iris = try table(
      "length,width,species\n5.1,3.5,setosa\n7,3.2,versicolor\n4.9,3,setosa\n6.3,3.3,virginica\n", .classes("species"))
    #expect(iris.count == 4 && iris.inputShape == [2] && iris.targetFormat == .classes(3))
    #expect(iris.encoding.classNames?.names == ["setosa", "versicolor", "virginica"])
    #expect(iris.encoding.inputNames == ["length", "width"])
    let loaded = try Loaded(iris)
    #expect(loaded.inputs == [5.1, 3.5, 7, 3.2, 4.9, 3, 6.3, 3.3] && loaded.classes == [0, 1, 0, 2])
    #expect(try Loaded(iris, [3, 1]).classes == [2, 1])
    let numbers = try table("x,class\n1,10\n2,9\n3,100\n", .classes(-1))
    #expect(numbers.encoding.classNames?.names == ["9", "10", "100"])
    #expect(try Loaded(numbers).classes == [1, 0, 2])
  }

  @Test("one input for each category, learned from the rows to train on and kept")
  func categories() throws {
    let text = "age,colour,zip,price\n3,red,1,10\n4,blue,2,20\n5,red,1,30\n"
    let train = try table(text, .value("price"), categories: ["zip"], weights: nil)
    #expect(train.encoding.inputNames == ["age", "colour=blue", "colour=red", "zip=1", "zip=2"])
    #expect(try Loaded(train).inputs == [3, 0, 1, 1, 0, 4, 1, 0, 0, 1, 5, 0, 1, 1, 0])
    #expect(try Loaded(train).values == [10, 20, 30])

    let json = try JSONEncoder().encode(train.encoding)
    let encoding = try JSONDecoder().decode(TableEncoding.self, from: json)
    #expect(encoding == train.encoding)
    let test = try Table(contentsOf: file("price;zip;colour;age\n7;2;red;1\n"), encodedAs: encoding)
    #expect(try Loaded(test).inputs == [1, 0, 1, 0, 1] && Loaded(test).values == [7])
    let unlabelled = try Table(
      contentsOf: file("zip,colour,age\n2,red,1\n"), encodedAs: encoding.withoutTargets)
    #expect(try Loaded(unlabelled).inputs == [1, 0, 1, 0, 1] && unlabelled.targetFormat == .input)
    #expect(
      failure { try Table(contentsOf: file("zip,colour,age,price\n2,green,1,1\n"), encodedAs: encoding) }
        == #"DIR/t.csv: line 2, column 2 (colour): "green" is none of the categories that were learned: "blue", "red""#)
    #expect(
      failure { try Table(contentsOf: file("zip,color,age,price\n2,red,1,1\n"), encodedAs: encoding) }
        == #"DIR/t.csv: has no column "colour"; it has "zip", "color", "age", "price""#)
  }

  @Test("several numbers, several labels, weights, the row itself; columns by name or number")
  func targets() throws {
    let text = "a,b,c,d\n1,2,0,1\n3,4,1,0.5\n"
    let values = try table(text, .values(["b", "a"]))
    #expect(values.targetFormat == .values(shape: [2]))
    #expect(try Loaded(values).values == [2, 1, 4, 3] && Loaded(values).inputs == [0, 1, 1, 0.5])
    let labels = try table("x,rain,wind\n5,1,0\n6,0,0\n", .labels([1, 2]))
    #expect(labels.targetFormat == .values(shape: [2]))
    #expect(try Loaded(labels).values == [1, 0, 0, 0])
    let weighted = try table(text, .value("a"), inputs: ["c", 1], weights: -1)
    #expect(weighted.isWeighted && weighted.encoding.inputNames == ["c", "b"])
    #expect(try Loaded(weighted).weights == [1, 0.5] && Loaded(weighted).inputs == [0, 2, 1, 4])
    let itself = try table(text, .input, ignoring: ["d"])
    #expect(itself.targetFormat == .input)
    #expect(try Loaded(itself).inputs == [1, 2, 0, 3, 4, 1])
  }

  @Test("quotes, line ends, byte order marks, separators, spaces, headers")
  func layouts() throws {
    let plain = try Loaded(table("x,name,y\n1,a,2\n-3.5,\"b\",4\n", .value("y")))
    #expect(plain.inputs == [1, 1, 0, -3.5, 0, 1] && plain.values == [2, 4])
    for text in [
      "x,name,y\r\n1,a,2\r\n-3.5,b,4\r\n", "\u{feff}x,name,y\n1,a,2\n-3.5,b,4", "x;name;y\n1;a;2\n-3.5;b;4\n",
      "x\tname\ty\n1\ta\t2\n-3.5\tb\t4\n", "x|name|y\n1|a|2\n-3.5|b|4\n", "x, name, y\n 1 , a, 2\n-3.5,b,4.0\n\n\n",
      "x,name,y\r1,a,2\r-3.5,b,4\r", "\n\nx,name,y\n\n\"1\",a,+2\n-35e-1,b,4\n", "x;name;y\n1;\"a\";2\n-3.5;b;4\n",
    ] { #expect(try Loaded(table(text, .value("y"))) == plain, "\(text)") }
    // Whole numbers of more digits than fit into 32 bits, and into a float.
    let long = try Loaded(table("x,y\n4294967301,1\n100000000000000000000007,2\n", .value("y")))
    #expect(long.inputs == [0x1p32, 1e23])
    let quoted = try table("x,\"a \"\"big\"\", long\nname\"\n1,\"say \"\"hi\"\"\"\n2,\"b,c\"\n", .classes(1))
    #expect(quoted.encoding.classNames?.names == ["b,c", "say \"hi\""])
  }

  @Test func headersAreDetectedOrStated() throws {
    let bare = try table("5.1,3.5,setosa\n7,3.2,versicolor\n", .classes(2))
    #expect(bare.count == 2 && bare.encoding.inputNames == ["column 1", "column 2"])
    let years = try table("2019,2020\n1,2\n", .value(-1), format: TableFormat(hasHeader: true))
    #expect(years.count == 1 && years.encoding.inputNames == ["2019"])
    let texts = try table("a,b\nc,d\n", .classes("column 2"), format: TableFormat(hasHeader: false))
    #expect(texts.count == 2 && texts.encoding.inputNames == ["column 1=a", "column 1=c"])
    let commas = try table("a;b,c\n1;2\n", .value(0), format: TableFormat(separator: ";"))
    #expect(commas.encoding.inputNames == ["b,c"])
  }

  @Test("a hundred thousand columns: time grows with their number, not with its square", .timeLimit(.minutes(1)))
  func wide() throws {
    let names = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
    let row = (0..<100_000).map { "\($0 % 10)" }.joined(separator: ",")
    let wide = try table("\(names)\n\(row)\n", .value(-1))
    #expect(wide.inputShape == [99_999] && wide.count == 1)
    #expect(try Loaded(wide).inputs[77_777] == 7)
  }

  private func failure(_ load: () throws -> Table) -> String? {
    do {
      _ = try load()
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test("what is wrong, by line and column")
  func faults() throws {
    let cases: [(String, TableTarget, String)] = [
      (
        "a,b\n1,2\n3,x\n", .value("b"),
        #"line 3, column 2 (b): "x" is no number; correct it, or take the column as categories"#
      ),
      (
        "a,b\r\n1,2\r\n3,x\r\n", .value("b"),
        #"line 3, column 2 (b): "x" is no number; correct it, or take the column as categories"#
      ),
      (
        "a,b\n1,2\n3,\n", .value("b"), "line 3, column 2 (b): is empty; fill it in, or leave out the line or the column"
      ),
      (
        "a,b\n1,2\nNA,3\n", .value("b"),
        #"line 3, column 1 (a): "NA" is no value; fill it in, or leave out the line or the column"#
      ),
      (
        "a,b\nred,2\nNA,3\n", .value("b"),
        #"line 3, column 1 (a): "NA" is no value; fill it in, or leave out the line or the column"#
      ),
      (
        "a,b\nnan,2\n1,3\n", .value("b"),
        #"line 2, column 1 (a): "nan" is no value; fill it in, or leave out the line or the column"#
      ),
      (
        "a,b\n1,2\n3,1e39\n", .value("b"),
        #"line 3, column 2 (b): "1e39" is beyond the largest Float, 3.4e38; scale the column"#
      ),
      (
        "a,b\n1,2\n3,-inf\n", .value("b"),
        #"line 3, column 2 (b): "-inf" is no value; fill it in, or leave out the line or the column"#
      ),
      ("a,b\n1,2\n3\n", .value("b"), "line 3, column 1: the line has one field, but the first one 2"),
      ("a,b\n1,2\n3,x\n4,5,6\n", .value("b"), "line 4, column 3: the line has more than 2 fields, but the first one 2"),
      ("a,b\n1,x\n2,\"y\n3,z\n", .classes("b"), "line 3, column 2: the quote that begins here never ends"),
      (
        "a,b\n1,x\n2,\"y\"z\n", .classes("b"),
        "line 3, column 2: text follows the quote that ends the field; double the quotes in it"
      ),
      (
        "a,b\n1,x\n2,y\"\n", .classes("b"),
        "line 3, column 2: a quote stands in a field without quotes; quote the whole field, and double the quotes in it"
      ),
      (
        "a,b\n1,x\n2,\n", .classes("b"),
        "line 3, column 2 (b): is empty; fill it in, or leave out the line or the column"
      ),
      (
        "a,b\n1,x\u{7}\n", .classes("b"),
        "line 2, column 2 (b): \"x\\u{07}\" is no name; it takes 1 to 100 printable characters"
      ),
      ("a,b\n1,2\n3,0\n", .labels(["b"]), #"line 2, column 2 (b): "2" is neither 0 nor 1, as a label is"#),
      ("a,b\n", .value("b"), "has a line with the names of columns, but none below it"),
      ("", .value("b"), "is empty; a table has at least one line"),
      ("a,b\n1,2\n", .value("c"), #"has no column "c"; it has "a", "b""#),
      ("a,b\n1,2\n", .value(2), "has no column number 2; it has 2, from 0 on"),
      ("a,a\n1,2\n", .value("a"), #"has several columns "a"; name one by its number, from 0 on"#),
      ("a,a,b\n1,2,3\n", .value("b"), #"has several columns "a"; ignore them, or rename them"#),
      (",a,b\n0,2,3\n", .value("b"), "column number 0 has no name, as numbers of rows have; ignore it, or name it"),
      ("a,b\n1,2\n", .values(["a", "b"]), "has no column that is an input; name one"),
      ("a,b\n1,2\n", .values(["a", "a"]), #"column "a" is given two uses; give it one"#),
      ("<!DOCTYPE html>\n<p>", .value("b"), "is a web page, no CSV file; write the table as CSV"),
      (
        "PK\u{3}\u{4}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .value("b"),
        "is a zip archive, no CSV file; unpack it with unzip"
      ),
      ("a,b\n1,\0\n", .value("b"), "is no text: byte 6 is 0; write the table as CSV"),
    ]
    for (text, target, reason) in cases {
      #expect(failure { try table(text, target) } == "DIR/t.csv: \(reason)", "\(text)")
    }
    #expect(
      failure { try table("a,b,w\n1,2,-1\n", .value("b"), weights: "w") }
        == #"DIR/t.csv: line 2, column 3 (w): the weight "-1" is negative"#)
    #expect(
      failure { try table("a,b\n1,2\n", .value("b"), format: TableFormat(separator: ".")) }
        == #"DIR/t.csv: "." separates no fields; a comma, a semicolon, a tab or a bar does"#)
    try folder.write(Array("a,b\n1,".utf8) + [0xc3, 0x28, 0x0a], to: "t.csv")
    let path = folder / "t.csv"
    #expect(
      failure { try Table(contentsOf: path, target: .classes("b")) }
        == "DIR/t.csv: line 2, column 2: is no UTF-8; save the file as UTF-8, or convert it with iconv -t UTF-8")
    try folder.write([0xff, 0xfe, 0x61, 0, 0x2c, 0], to: "t.csv")
    #expect(
      failure { try Table(contentsOf: path, target: .classes("b")) }
        == "DIR/t.csv: is UTF-16; convert it with iconv -f UTF-16 -t UTF-8")
    let many = "a,b\n" + (0...1000).map { "name \($0),1\n" }.joined()
    #expect(
      failure { try table(many, .value("b")) }
        == #"DIR/t.csv: line 1002, column 1 (a): "name 1000" is one category more than 1000; "#
        + "ignore the column, or write numbers")
    #expect(
      failure { try table(String(repeating: ",", count: 1 << 20) + "\n", .value("b")) }
        == "DIR/t.csv: line 1 has more than 1048576 columns")
  }

  @Test("in the cache the same numbers in the same order, decoded once, until the file changes")
  func cache() throws {
    let text =
      "x,colour,y,w\n" + (0..<500).map { "\($0).25,\($0 % 3 == 0 ? "red" : "blue"),\($0 * 7 % 11),\($0)\n" }.joined()
    let path = try file(text)
    func load(_ limit: Int, _ target: TableTarget = .classes("y")) throws -> (Table, progress: [TableProgress]) {
      var progress: [TableProgress] = []
      let storage = TableStorage(memoryLimit: limit, cache: folder / "cache")
      let table = try Table(contentsOf: path, target: target, weights: "w", storage: storage) { progress.append($0) }
      return (table, progress)
    }
    let (memory, _) = try load(1 << 30)
    #expect(try folder.contents() == ["t.csv"], "what fits into memory leaves nothing behind")
    let (mapped, progress) = try load(100)
    #expect(
      progress.last?.path == path && progress.last?.bytes == 2 * text.utf8.count
        && progress.last?.total == progress.last?.bytes)
    let (again, nothing) = try load(100)
    #expect(nothing.isEmpty, "it is decoded once")
    for table in [mapped, again] {
      #expect(table.encoding == memory.encoding)
      #expect(try Loaded(table) == Loaded(memory))
      #expect(try Loaded(table, [499, 0, 7]) == Loaded(memory, [499, 0, 7]))
    }
    func rows() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder / "cache").filter { $0.hasSuffix(".rows") }
    }
    #expect(try rows().count == 1)
    #expect(try load(100, .value("y")).progress.count > 0, "other columns, other rows")
    #expect(try rows().count == 2)

    for name in try rows() { try folder.write(Array("KOBAITB1 is cut off".utf8), to: "cache/\(name)") }
    #expect(try Loaded(load(100).0) == Loaded(memory), "what is damaged is made again")
    try folder.write(Array((text + "1,red,3,2\n").utf8), to: "t.csv")
    #expect(try load(100).0.count == 501)
    try folder.write(Array("x,colour,y,w\n1,red,2,3\n1,red,oops\n".utf8), to: "t.csv")
    #expect(throws: FileError.self) { try load(1) }
    #expect(try rows().count == 2, "nothing half written")
  }

  @Test("what Python writes, each number as numpy rounds it", .enabled(if: Interop.python != nil))
  func interop() throws {
    let run = try Interop.run("csv_tables.py", [folder.path])
    #expect(run.code == 0, "\(run.errors)")
    struct Expected: Decodable {
      let bits: [UInt32]
      let names: [String]
      let classes: [Int32]
    }
    let json = try Data(contentsOf: URL(fileURLWithPath: folder / "expected.json"))
    let expected = try JSONDecoder().decode(Expected.self, from: json)
    for name in ["comma", "semicolon", "tab", "quoted"] {
      let table = try Table(contentsOf: folder / "\(name).csv", target: .classes("kind"))
      #expect(table.count == 500 && table.encoding.classNames?.names == expected.names, "\(name)")
      let loaded = try Loaded(table)
      #expect(loaded.inputs.map(\.bitPattern) == expected.bits, "\(name)")
      #expect(loaded.classes == expected.classes, "\(name)")
    }
  }

  @Test("Kaggle's digits as they are")
  func images() throws {
    let header = "label," + (0..<4).map { "pixel\($0)" }.joined(separator: ",")
    let path = try file("\(header)\n3,0,255,7,8\n1,9,10,11,12\n")
    let set = try ImageSet.load(csv: path)
    #expect(set.count == 2 && set.size == 2 && set.channels == 1 && set.labels == [3, 1])
    #expect(bytes(of: set) == [0, 255, 7, 8, 9, 10, 11, 12])
    let last = try ImageSet.load(csv: file("1,2,3,4,9\n5,6,7,8.0,\"0\"", "last.csv"), label: -1)
    #expect(last.labels == [9, 0] && bytes(of: last)[7] == 8)
    let data = try Dataset.load(csv: path, test: path)
    #expect(data.classes == 4 && data.train.count == 2 && data.test.count == 2)
    for (text, reason) in [
      (
        "\(header)\n3,0,256,7,8\n",
        #"line 2, column 3 (pixel1): "256" is no byte of an image, 0 to 255; read it as a table of numbers"#
      ),
      (
        "\(header)\n3,0,0.5,7,8\n",
        #"line 2, column 3 (pixel1): "0.5" is no byte of an image, 0 to 255; read it as a table of numbers"#
      ),
      ("\(header)\n-1,0,5,7,8\n", #"line 2, column 1 (label): "-1" is no class of an image; classes go from 0 to 255"#),
      ("\(header)\n1,0,,7,8\n", "line 2, column 3 (pixel1): is empty; fill it in, or leave out the line or the column"),
      ("\(header)\n1,0,5,7\n", "line 2, column 4: the line has 4 fields, but the first one 5"),
      ("\(header)\n1,0,5,7,8,9\n", "line 2, column 6: the line has more than 5 fields, but the first one 5"),
      ("\(header)\n1,0,5,7,8\n1,2,3", "line 3, column 3: the line has 3 fields, but the first one 5"),
      ("label,a,b\n1,2,3\n", "has 2 columns beside the label, which make no square; read it as a table of numbers"),
    ] {
      let path = try file(text)
      let error = #expect(throws: FileError.self) { try ImageSet.load(csv: path) }
      #expect(error?.description == "\(path): \(reason)")
    }
  }
}
