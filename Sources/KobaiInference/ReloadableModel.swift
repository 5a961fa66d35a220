import Foundation
import KobaiFiles
import KobaiKernels
import Synchronization

/// A model that is replaced while others use it: for a server that goes on while its file is trained anew.
///
/// Who predicts at the moment goes on with the model that it has, and who comes after the new one is there takes that. A file that
/// is damaged, or still being written, leaves the old model where it is.
///
/// ```swift
/// let served = try ReloadableModel(contentsOf: "model.safetensors")
/// Task { await served.watch { print($0) } }
/// let prediction = try served.current.predict(contentsOf: "photo.png")
/// ```
public final class ReloadableModel: Sendable {
  private struct State {
    var model: Model
    var path: String
    var version: FileStatus?
  }

  private let state: Mutex<State>
  private let loading = Mutex(())  // one file at a time
  private let batch: Int
  private let kernels: Kernels

  /// Loads the model in a file.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - batch: how many samples are computed at once at most.
  ///   - kernels: the kernels to compute with.
  /// - Throws: what ``Model/init(contentsOf:batch:kernels:card:)`` throws.
  public init(contentsOf path: String, batch: Int = 1, kernels: Kernels = .default) throws(FileError) {
    let version = version(of: path)
    let model = try Model(contentsOf: path, batch: batch, kernels: kernels)
    state = Mutex(State(model: model, path: path, version: version))
    (self.batch, self.kernels) = (batch, kernels)
  }

  /// The newest model. Whoever makes several predictions that belong together takes it once.
  public var current: Model { state.withLock { $0.model } }

  /// Loads the file anew, or another one, and puts its model in place of the one that is there.
  ///
  /// - Parameter path: the path of the file, which is the one to watch from now on; nil is the file that there was.
  /// - Throws: `FileError` where it cannot be loaded; the old model stays.
  public func reload(contentsOf path: String? = nil) throws(FileError) {
    let path = path ?? state.withLock { $0.path }
    try load(path, version(of: path))
  }

  /// Loads the file anew if it was written or replaced since it was last tried.
  ///
  /// - Returns: whether there is a new model.
  /// - Throws: `FileError` where it cannot be loaded; the old model stays, and the file is tried again when it has changed, or
  ///   at once where the system could not read it.
  @discardableResult public func reloadIfModified() throws(FileError) -> Bool {
    let (path, known) = state.withLock { ($0.path, $0.version) }
    let version = version(of: path)
    guard let version, version != known else { return false }
    return try load(path, version) { $0.path == path && $0.version == known }
  }

  /// Looks at the file from time to time, and loads it when it has changed, until the task is cancelled.
  ///
  /// - Parameters:
  ///   - interval: how often.
  ///   - failed: told why a file was not taken.
  public func watch(every interval: Duration = .seconds(1), failed: @Sendable (FileError) -> Void = { _ in }) async {
    while (try? await Task.sleep(for: interval)) != nil {
      do throws(FileError) { try reloadIfModified() } catch { failed(error) }
    }
  }

  /// - Parameter isWanted: asked when it is this file's turn, for meanwhile another one may have been loaded.
  /// - Returns: whether it was loaded.
  @discardableResult private func load(
    _ path: String, _ version: FileStatus?, if isWanted: (borrowing State) -> Bool = { _ in true }
  ) throws(FileError) -> Bool {
    try loading.withLock { _ throws(FileError) in
      guard state.withLock({ isWanted($0) }) else { return false }
      do throws(FileError) {
        let model = try Model(contentsOf: path, batch: batch, kernels: kernels)
        state.withLock { $0 = State(model: model, path: path, version: version) }
        return true
      } catch {
        // A file that is still being written has another version later. What the system lacked a moment is tried again.
        if !error.isTransient { state.withLock { if $0.path == path { $0.version = version } } }
        throw error
      }
    }
  }
}

/// What tells a file from what lay at its path before; nil where there is none, or where the system does not say, which is asked again.
private func version(of path: String) -> FileStatus? { (try? fileStatus(path)) ?? nil }
