import Foundation
import KobaiFiles

/// Fetches MNIST's four files into a folder: from whichever mirror answers first, checked against the sums of the
/// original distribution, and put in place when all of them are there.
public struct MNISTDownload: Sendable {
  /// A file of the set, and the SHA-256 of its unpacked bytes.
  public struct File: Sendable, Equatable {
    /// What the file is called on the mirrors and in the folder.
    public let name: String
    /// 64 hexadecimal digits.
    public let sha256: String

    /// A file by its name and its sum.
    public init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }

    /// The most bytes that a file unpacks to: MNIST's largest has 47 million.
    private static let largest = 1 << 26

    /// Checks what a mirror sent. A megabyte after the other is unpacked, and no more than a file may have: a small file cannot
    /// fill the memory.
    func check(_ packed: [UInt8]) throws(FileError) {
      var hash = SHA256()
      try Gzip.unpack(packed, path: name, limit: Self.largest) { hash.update($0) }
      try check(hash.hexDigest(), of: name)
    }

    fileprivate func check(_ sum: String, of path: String) throws(FileError) {
      guard sum == sha256 else { throw FileError(path: path, reason: "its SHA-256 is \(sum), not \(sha256)") }
    }
  }

  /// How far a download is: bytes of one file.
  public struct Progress: Sendable, Equatable {
    /// The file's name.
    public let file: String
    /// Bytes of it received so far.
    public let bytes: Int
    /// The host that sends it.
    public let mirror: String
  }

  /// The folder that the files go to.
  public var folder: URL
  /// The mirrors to fetch from, each address ending in a slash.
  public var mirrors: [URL]
  /// The files to fetch, the smallest first.
  public var files: [File]
  /// Seconds within which a mirror must have sent the smallest file.
  public var responseTimeout: Double = 3
  /// Seconds without a byte after which the next mirror is tried.
  public var idleTimeout: Double = 15

  /// A download, unless told otherwise of the original MNIST into the cache.
  public init(
    folder: URL = Self.cacheFolder, mirrors: [URL] = Self.publicMirrors, files: [File] = Self.mnistFiles
  ) {
    (self.folder, self.mirrors, self.files) = (folder, mirrors, files)
  }

  /// `$XDG_CACHE_HOME/kobai/mnist`, by default `~/.cache/kobai/mnist`.
  public static var cacheFolder: URL { URL(fileURLWithPath: CacheFolder.path("mnist")) }

  /// The mirrors that serve MNIST.
  public static let publicMirrors = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
  ].compactMap(URL.init(string:))

  /// The files of MNIST. The smallest comes first, which shows whether a mirror is alive.
  public static let mnistFiles = [
    File(
      name: "t10k-labels-idx1-ubyte.gz",
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    File(
      name: "train-labels-idx1-ubyte.gz",
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    File(
      name: "t10k-images-idx3-ubyte.gz",
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    File(
      name: "train-images-idx3-ubyte.gz",
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
  ]

  /// Whether all files are in the folder already.
  public var isComplete: Bool {
    files.allSatisfy { (try? fileStatus(folder.appendingPathComponent($0.name).path)) ?? nil != nil }
  }

  /// The images that were fetched, each file compared with its digest once more: it may have been changed since.
  ///
  /// - Throws: `FileError` for a file that is missing, damaged, or another than was fetched.
  public func dataset() throws(FileError) -> Dataset {
    try Dataset.load(folder: folder.path) { (path, idx) throws(FileError) in
      let name = URL(fileURLWithPath: path).lastPathComponent
      guard let file = files.first(where: { $0.name == name || $0.name == "\(name).gz" }) else {
        throw FileError(path: path, reason: "is none of the files that were fetched; remove it")
      }
      try file.check(idx.sha256, of: path)
    }
  }

  /// Fetches all files.
  ///
  /// - Throws: `FileError` that says why no mirror served, the folder being as it was then; or why a file cannot be
  ///   written.
  public func run(progress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws {
    let (first, firstFile) = try await quickestMirror()
    var contents = [firstFile]
    let others = mirrors.filter { $0 != first }
    for file in files.dropFirst() {
      contents.append(try await fetch(file, from: [first] + others, progress: progress))
    }
    try install(contents)
  }

  /// Why a mirror does not serve.
  private struct Failure: Sendable {
    let host: String
    let reason: String
  }

  /// The outcome of asking a mirror for the smallest file.
  private enum Response: Sendable {
    case file(mirror: URL, bytes: [UInt8])
    case failure(Failure)
    case timeout
  }

  /// The mirror that sends the smallest file first, and that file.
  private func quickestMirror() async throws -> (URL, [UInt8]) {
    try await withThrowingTaskGroup(of: Response.self) { group in
      for mirror in mirrors { group.addTask { await ask(mirror) } }
      group.addTask {
        try? await Task.sleep(for: .seconds(responseTimeout))
        return .timeout
      }
      defer { group.cancelAll() }
      var failures: [Failure] = []
      while failures.count < mirrors.count, let finished = try await group.next() {
        switch finished {
        case .file(let mirror, let bytes): return (mirror, bytes)
        case .failure(let failure): failures.append(failure)
        case .timeout:
          throw unavailable([Failure(host: "mirrors", reason: "no answer within \(responseTimeout.formatted()) s")])
        }
      }
      throw unavailable(failures)
    }
  }

  private func ask(_ mirror: URL) async -> Response {
    do {
      return .file(mirror: mirror, bytes: try await checked(files[0], from: mirror, idle: responseTimeout) { _ in })
    } catch {
      return .failure(Failure(host: mirror.host ?? mirror.path, reason: "\(error)"))
    }
  }

  /// An error with the reason of each mirror, or with one reason where it is the same for all.
  private func unavailable(_ failures: [Failure]) -> FileError {
    let distinct = Set(failures.map(\.reason))
    let words =
      distinct.count == 1
      ? distinct.joined() : failures.map { "\($0.host): \($0.reason)" }.sorted().joined(separator: "; ")
    return FileError(path: folder.path, reason: "MNIST cannot be fetched (\(words))")
  }

  private func fetch(
    _ file: File, from mirrors: [URL], progress: @escaping @Sendable (Progress) -> Void
  ) async throws -> [UInt8] {
    var failures: [Failure] = []
    for mirror in mirrors {
      let host = mirror.host ?? mirror.path
      do {
        return try await checked(file, from: mirror, idle: idleTimeout) {
          progress(Progress(file: file.name, bytes: $0, mirror: host))
        }
      } catch { failures.append(Failure(host: host, reason: "\(error)")) }
    }
    throw unavailable(failures)
  }

  /// The gzipped file, whose unpacked bytes have the right sum.
  private func checked(
    _ file: File, from mirror: URL, idle: Double, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> [UInt8] {
    let url = mirror.appendingPathComponent(file.name)
    let packed = try await HTTPFetch.fetch(url, idle: idle, limit: 64 << 20, progress: progress)
    try file.check(packed)
    return packed
  }

  /// Each file is whole or not there, whoever else fetches at the same time; other files of the folder stay.
  func install(_ contents: [[UInt8]]) throws(FileError) {
    try createFolder(folder.path, isPrivate: true)
    for (file, bytes) in zip(files, contents) {
      try AtomicFile.write(bytes, to: folder.appendingPathComponent(file.name).path)
    }
  }
}
