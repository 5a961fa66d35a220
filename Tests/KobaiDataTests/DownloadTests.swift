import Foundation
import KobaiFiles
import Synchronization
import TestSupport
import Testing

@testable import KobaiData

@Suite struct DownloadTests {
  /// A small set as gzipped files, with the sums of the unpacked ones.
  private struct Set {
    let packed: [String: [UInt8]]
    let files: [MNISTDownload.File]

    init() throws {
      let folder = try IDXFixture.folder()
      var (packed, files) = ([String: [UInt8]](), [MNISTDownload.File]())
      for name in IDXFixture.names.reversed() {
        files.append(.init(name: name + ".gz", sha256: SHA256.hexDigest(of: try readFile(folder / name))))
        try IDXFixture.gzip(folder / name)
        packed[name + ".gz"] = try readFile(folder / (name + ".gz"))
      }
      (self.packed, self.files) = (packed, files)
    }
  }

  private func download(_ set: Set, to folder: TemporaryFolder, from mirrors: [URL]) -> MNISTDownload {
    var download = MNISTDownload(
      folder: URL(fileURLWithPath: folder / "kobai/mnist"), mirrors: mirrors, files: set.files)
    // Other tests may keep every processor busy for a while.
    (download.responseTimeout, download.idleTimeout) = (60, 60)
    return download
  }

  @Test func fetchesChecksAndInstalls() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    let download = download(set, to: folder, from: [server.url])
    let seen = Mutex<[String]>([])
    #expect(!download.isComplete)
    try await download.run { progress in seen.withLock { $0.append(progress.file) } }
    #expect(download.isComplete)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder / "kobai") == ["mnist"])
    #expect(try Dataset.load(folder: folder / "kobai/mnist").train.count == 6)
    #expect(seen.withLock { Swift.Set($0) }.isSuperset(of: set.files.dropFirst().map(\.name)))
  }

  @Test func goesOnWithAnotherMirror() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let first = set.files[0].name
    // The first mirror answers at once, then fails in three ways.
    let failing = try LoopbackServer { path in
      let bytes = set.packed[path] ?? []
      if path == first { return .file(bytes) }
      if path.hasPrefix("t10k") { return .status(503) }
      return path.contains("labels") ? .cut(bytes, count: bytes.count / 2) : .file(Array(bytes.reversed()))
    }
    let good = try LoopbackServer { path in
      usleep(300_000)  // slower, so that the other one is tried first
      return .file(set.packed[path] ?? [])
    }
    try await download(set, to: folder, from: [failing.url, good.url]).run()
    #expect(try Dataset.load(folder: folder / "kobai/mnist").train.count == 6)
    #expect(failing.paths.count >= 4)
  }

  @Test(arguments: ["silent", "cut", "wrong", "gone"])
  func leavesNothingBehindWhenNoMirrorServes(_ trouble: String) async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { path in
      let bytes = set.packed[path] ?? []
      return switch trouble {
      case "silent": .silence
      case "cut": path.hasPrefix("train-images") ? .cut(bytes, count: bytes.count - 3) : .file(bytes)
      case "wrong": path.hasPrefix("train-images") ? .file(set.packed["t10k-images-idx3-ubyte.gz"] ?? []) : .file(bytes)
      default: .status(404)
      }
    }
    let error = await #expect(throws: FileError.self) {
      var download = download(set, to: folder, from: [server.url])
      if trouble == "silent" { download.responseTimeout = 0.5 }
      try await download.run()
    }
    #expect(try folder.contents() == [])
    let text = error?.description ?? ""
    #expect(text.hasPrefix("\(folder / "kobai/mnist"): MNIST cannot be fetched ("), "\(text)")
    if trouble == "wrong" {
      #expect(text.contains("train-images-idx3-ubyte.gz: its SHA-256 is "), "\(text)")
    }
    if trouble == "silent" { #expect(text.contains("no answer"), "\(text)") }
    if trouble == "gone" { #expect(text.hasSuffix("(the server answers 404)"), "\(text)") }
  }

  @Test("a redirection to anything but HTTPS is refused") func redirections() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let other = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    for place in ["\(other.url)\(set.files[0].name)", "/\(set.files[0].name)?again"] {
      let server = try LoopbackServer { $0.contains("again") ? .status(404) : .redirect(to: place) }
      let error = await #expect(throws: FileError.self) {
        try await download(set, to: folder, from: [server.url]).run()
      }
      let target = place.hasPrefix("/") ? "\(server.url)\(place.dropFirst())" : place
      #expect(error?.reason == "MNIST cannot be fetched (the server redirects to \(target), which is not HTTPS)")
      #expect(server.paths.count == 1)
    }
    #expect(other.paths.isEmpty)
  }

  @Test("of a file that is larger than it should be no more is fetched") func tooLarge() async throws {
    let server = try LoopbackServer { _ in .file([UInt8](repeating: 7, count: 2_000_000)) }
    let url = server.url.appendingPathComponent("large")
    let error = await #expect(throws: HTTPFetch.Failure.self) {
      try await HTTPFetch.fetch(url, idle: 60, limit: 1_000_000)
    }
    #expect(error.map { "\($0)" } == "the file is larger than 1000000 bytes")
    #expect(try await HTTPFetch.fetch(url, idle: 60, limit: 2_000_000).count == 2_000_000)
  }

  @Test("what a mirror sends is unpacked piece by piece, and no further than MNIST's largest file") func bomb() throws {
    // 90 million zeros, as thirty members of three million.
    let member = try IDXFixture.gzipped([UInt8](repeating: 0, count: 3_000_000))
    let bomb = [[UInt8]](repeating: member, count: 30).flatMap(\.self)
    let file = MNISTDownload.File(name: "bomb.gz", sha256: "no such digest")
    let error = #expect(throws: FileError.self) { try file.check(bomb) }
    var hash = SHA256()
    let piece = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<64 { unsafe hash.update(piece.span.bytes) }
    #expect(error?.description == "bomb.gz: its SHA-256 is \(hash.hexDigest()), not no such digest")
  }

  @Test("the cache is compared with its digests when it is read, and fetched again where it was changed")
  func changedCache() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    let download = download(set, to: folder, from: [server.url])
    try await download.run()
    // A whole file, with other labels than were fetched.
    let name = "train-labels-idx1-ubyte.gz"
    let labels = try IDXFixture.gzipped(IDXFile.labels([0, 0, 0, 0, 0, 0]))
    let path = folder / "kobai/mnist/\(name)"
    try folder.write(labels, to: "kobai/mnist/\(name)")
    var notes: [String] = []
    let asked = server.paths.count
    let data = try await DataSource.auto.load(download: download, note: { notes.append($0) })
    #expect(
      notes.count == 1 && notes[0].hasPrefix("\(path): its SHA-256 is ") && notes[0].hasSuffix("; fetching MNIST again")
    )
    #expect(server.paths.count > asked && data.train.labels != [0, 0, 0, 0, 0, 0])
    #expect(try readFile(path) == set.packed[name])
  }

  @Test("that others may write to the cache is said, though the digests are known") func writableCache() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    let download = download(set, to: folder, from: [server.url])
    try await download.run()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder / "kobai/mnist")
    var notes: [String] = []
    #expect(try await DataSource.auto.load(download: download, note: { notes.append($0) }).train.count == 6)
    #expect(
      notes == [
        "\(folder / "kobai/mnist"): may be written by other users (mode 777); take that from them with chmod go-w, or name "
          + "another cache with XDG_CACHE_HOME"
      ])
  }

  @Test func autoTakesTheCacheFirst() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    let download = download(set, to: folder, from: [server.url])
    _ = try await DataSource.auto.load(download: download)
    let asked = server.paths.count
    let data = try await DataSource.auto.load(download: download)
    #expect(data.train.count == 6 && server.paths.count == asked, "the second time nothing is fetched")
  }

  @Test func otherFilesOfTheFolderStay() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    try FileManager.default.createDirectory(atPath: folder / "kobai/mnist", withIntermediateDirectories: true)
    try folder.write([1, 2], to: "kobai/mnist/thesis.txt")
    let download = download(set, to: folder, from: [server.url])
    try await download.run()
    #expect(download.isComplete)
    #expect(try readFile(folder / "kobai/mnist/thesis.txt") == [1, 2])
  }

  @Test func aDamagedCacheIsFetchedAgain() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let server = try LoopbackServer { set.packed[$0].map { .file($0) } ?? .status(404) }
    let download = download(set, to: folder, from: [server.url])
    try await download.run()
    let name = "train-images-idx3-ubyte.gz"
    try folder.write(Array(readFile(folder / "kobai/mnist/\(name)").dropLast(9)), to: "kobai/mnist/\(name)")
    var notes: [String] = []
    let data = try await DataSource.auto.load(download: download, note: { notes.append($0) })
    #expect(data.train.count == 6)
    #expect(notes.count == 1 && notes[0].hasSuffix("; fetching MNIST again"), "\(notes)")
    #expect(try Dataset.load(folder: folder / "kobai/mnist").train.count == 6)
  }

  @Test func autoFallsBackToTheEmbeddedDigits() async throws {
    let (set, folder) = (try Set(), try TemporaryFolder())
    let closed = try #require(URL(string: "http://127.0.0.1:9/"))
    var notes: [String] = []
    let data = try await DataSource.auto.load(
      download: download(set, to: folder, from: [closed]), note: { notes.append($0) })
    #expect(data.train.count == 4000 && data.name == "embedded digits")
    #expect(notes == ["MNIST cannot be fetched (no connection); using the 5,000 embedded digits"])
  }

  @Test func argumentsNameSources() {
    #expect(DataSource("auto") == .auto)
    #expect(DataSource("embedded") == .embedded)
    #expect(DataSource("some/folder") == .folder("some/folder"))
  }
}
