import Foundation
import KobaiFiles
import TestSupport
import Testing

@Suite("Folders that are created") struct CreateFolderTests {
  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  @Test("with those above them, whether or not they are there already", arguments: ["a", "a/b/c", "d/", "e//f/"])
  func creates(_ path: String) throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 {
      try createFolder(folder / path)
      #expect(isFolder(folder / path))
    }
    try createFolder("/")
  }

  @Test("not where a file stands in the way") func refuses() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    for path in ["file", "file/deeper", "file/much/deeper"] {
      let error = #expect(throws: FileError.self) { try createFolder(folder / path) }
      #expect(error?.description == "\(folder / path): no folder can be made there: File exists")
    }
    #expect(throws: FileError.self) { try createFolder("") }
  }
}
