import Foundation
import KobaiFiles

/// Elements of tensors that an ONNX file keeps in other files beside it, as PyTorch does unless told otherwise.
struct ExternalData {
  private let folder: String

  init(besides path: String) { folder = (path as NSString).deletingLastPathComponent }

  /// Reads the elements of every initializer that has them elsewhere. They are counted before any are read: a short file may ask
  /// for a large one many times.
  ///
  /// - Throws: ``ONNXError`` that names the tensor.
  func load(into graph: inout ONNXGraph) throws(ONNXError) {
    let elsewhere = graph.initializer.indices.filter { graph.initializer[$0].dataLocation == 1 }
    var elements = 0
    for i in elsewhere {
      let count = graph.initializer[i].count ?? 0
      guard count <= Limits.weights - elements else {
        throw ONNXError(
          layer: graph.initializer[i].name,
          reason: "with this tensor more than \(Limits.weights) elements are in other files; that many are read")
      }
      elements += count
    }
    var files: [String: FileContents] = [:]
    for i in elsewhere {
      let tensor = graph.initializer[i]
      do { graph.initializer[i].rawData = try read(tensor, &files) } catch {
        throw ONNXError(layer: tensor.name, reason: "\(error)")
      }
    }
  }

  private struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  private func read(_ tensor: ONNXTensor, _ files: inout [String: FileContents]) throws -> Data {
    let words = Dictionary(tensor.externalData.map { ($0.key, $0.value) }) { first, _ in first }
    let location = words["location"] ?? ""
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.isEmpty, parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
      throw Problem(description: "its elements are in \"\(location)\", which is no file in the folder of the model")
    }
    let path = (folder as NSString).appendingPathComponent(location)
    guard let needed = tensor.byteCount, let offset = UInt64(words["offset"] ?? "0"), offset < 1 << 62 else {
      throw Problem(description: "its elements lie nowhere in \(location)")
    }
    let file: FileContents
    do throws(FileError) { file = try open(path, &files) } catch {
      throw Problem(description: "its elements are in \(path), which \(error.reason)")
    }
    let size = UInt64(file.count)
    guard offset <= size, UInt64(needed) <= size - offset else {
      throw Problem(description: "\(path) has \(size) bytes; \(needed) bytes from byte \(offset) on are needed")
    }
    return Data(try file.bytes(Int(offset)..<Int(offset) + needed))
  }

  /// Opens a file, once for all tensors in it. What is no file may have no end.
  private func open(_ path: String, _ files: inout [String: FileContents]) throws(FileError) -> FileContents {
    if let file = files[path] { return file }
    guard try fileStatus(path)?.kind != .other else { throw FileError(path: path, reason: "is no file") }
    let file = try FileContents(path)
    files[path] = file
    return file
  }
}
