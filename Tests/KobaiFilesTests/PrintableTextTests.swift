import KobaiFiles
import Testing

@Suite struct PrintableTextTests {
  @Test("what a terminal would obey is replaced, also where it is part of a Character with what stands before it")
  func obeyed() {
    #expect("\u{1b}[31mred\u{7}\u{9b}0m".printable == "\u{fffd}[31mred\u{fffd}\u{fffd}0m")
    #expect("a\r\nb\tc\u{2028}d".printable == "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}d")
    #expect("\u{202e}gnp.exe\u{2066}".printable == "\u{fffd}gnp.exe\u{fffd}")
    let merged = "\u{600}\u{1b}"
    #expect(merged.printable.unicodeScalars.elementsEqual("\u{600}\u{fffd}".unicodeScalars))
    for plain in ["", "手書き数字", "e\u{301} 👩‍👩‍👧 \u{600}a", "train-images-idx3-ubyte"] { #expect(plain.printable == plain) }
  }

  @Test("an error about a file is one line, whatever the file is called")
  func fileError() {
    let error = FileError(path: "a\u{1b}]0;b\u{7}\n", reason: "is\nempty")
    #expect(error.description == "a\u{fffd}]0;b\u{fffd}\u{fffd}: is\u{fffd}empty")
    #expect(error.path == "a\u{1b}]0;b\u{7}\n")
  }
}
