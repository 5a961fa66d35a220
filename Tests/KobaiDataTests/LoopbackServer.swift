import Foundation
import Synchronization

/// A tiny HTTP server on loopback for one test: it answers each path as the test says and ends with it.
final class LoopbackServer: Sendable {
  enum Answer: Sendable {
    case file([UInt8])
    /// Announces the whole file but hangs up after `count` bytes.
    case cut([UInt8], count: Int)
    /// Takes the request and says nothing.
    case silence
    case status(Int)
    case redirect(to: String)
  }

  let port: UInt16
  private let listener: Int32
  private let requested = Mutex<[String]>([])

  init(_ answer: @escaping @Sendable (_ path: String) -> Answer) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    port = UInt16(bigEndian: address.sin_port)
    self.listener = listener
    Thread.detachNewThread { [weak self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        Thread.detachNewThread { [weak self] in
          let path = Self.readRequest(client)
          self?.requested.withLock { $0.append(path) }
          Self.reply(answer(path), to: client)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var url: URL { URL(string: "http://127.0.0.1:\(port)/")! }
  /// The paths that were asked for.
  var paths: [String] { requested.withLock { $0 } }

  private static func readRequest(_ client: Int32) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(client, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { break }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    return String(text.split(separator: " ").dropFirst().first?.dropFirst() ?? "")
  }

  private static func reply(_ answer: Answer, to client: Int32) {
    func send(_ bytes: [UInt8]) {
      unsafe bytes.withUnsafeBytes { unsafe _ = Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
    func head(_ status: Int, _ length: Int, _ more: String = "") {
      send(Array("HTTP/1.1 \(status) X\r\nContent-Length: \(length)\r\n\(more)Connection: close\r\n\r\n".utf8))
    }
    switch answer {
    case .file(let bytes):
      head(200, bytes.count)
      send(bytes)
    case .cut(let bytes, let count):
      head(200, bytes.count)
      send(Array(bytes[..<count]))
    case .status(let status): head(status, 0)
    case .redirect(let place): head(302, 0, "Location: \(place)\r\n")
    case .silence: sleep(600)
    }
    shutdown(client, Int32(SHUT_RDWR))
    close(client)
  }
}
