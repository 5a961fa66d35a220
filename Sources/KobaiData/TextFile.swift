import KobaiFiles

/// The lines of a text file.
func textLines(of path: String) throws(FileError) -> [String] {
  let bytes = try readFile(path)
  let text = String(decoding: bytes.dropFirst(byteOrderMarkCount(bytes.span)), as: UTF8.self)
  return text.split(whereSeparator: \.isNewline).map(String.init)
}

/// How many bytes the mark takes that UTF-8 files of Windows begin with.
func byteOrderMarkCount(_ bytes: Span<UInt8>) -> Int {
  bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
}
