import Foundation
import KobaiFiles
import SwiftProtobuf

/// Writes what a training does to an event file, for TensorBoard to show while it goes on.
///
/// ```swift
/// let events = try EventWriter(directory: folder)
/// try events.addScalar("train/loss", 0.25, step: 1)
/// ```
///
/// Names in tags are grouped by what stands before the first slash. Values are stored as TensorFlow 2 does it, as
/// tensors that name the plugin which shows them.
public final class EventWriter {
  private let file: RecordFile

  /// Makes the folder if there is none, and a new file in it: "events.out.tfevents.<seconds since 1970>.<host>.<process>".
  ///
  /// - Parameter directory: one training's; TensorBoard is started on it or on the folder above.
  public init(directory: String) throws(FileError) {
    try createFolder(directory)
    let process = ProcessInfo.processInfo
    let seconds = Int(Date().timeIntervalSince1970)
    file = try RecordFile(
      creating: "\(directory)/events.out.tfevents.\(seconds).\(process.hostName).\(process.processIdentifier)")
    do { try append(.with { $0.fileVersion = "brain.Event:2" }) } catch {
      try? removeFile(file.path)  // without its first record it is no event file
      throw error
    }
  }

  /// Says that a training goes on from a checkpoint: of what other files of the folder hold, TensorBoard then leaves
  /// out the points of `step` and of all later ones, for they come again.
  ///
  /// - Parameter step: the first that comes.
  public func resume(at step: Int) throws(FileError) {
    // Twice: the first start in a folder is no restart to TensorBoard, and there may have been none so far.
    for _ in 0..<2 {
      try append(
        .with {
          $0.step = Int64(step)
          $0.sessionLog.status = .start
        })
    }
  }

  /// The path of the event file.
  public var path: String { file.path }

  /// Writes a number that changes from step to step, in 32 bits.
  public func addScalar(_ tag: String, _ value: some BinaryFloatingPoint, step: Int) throws(FileError) {
    try append(tag, .scalar(Float(value)), step: step)
  }

  /// Writes how often the values fall into bins of equal width between the smallest and the largest of them. Infinities
  /// and NaN are left out.
  public func addHistogram(_ tag: String, _ values: Span<Float>, step: Int) throws(FileError) {
    try append(tag, .histogram(Bins(values)), step: step)
  }

  /// Writes a picture, given as the bytes of a PNG file.
  public func addImage(_ tag: String, png: [UInt8], step: Int) throws(FileError) {
    guard let size = PNGSize(png) else {
      throw FileError(path: path, reason: "the image \"\(tag)\" is not the bytes of a PNG file")
    }
    try append(tag, .image(png, size), step: step)
  }

  /// Waits until all events are on the disk. Readers see them before that, one by one.
  public func flush() throws(FileError) { try file.synchronize() }

  private func append(_ tag: String, _ value: LogSummary.Value, step: Int) throws(FileError) {
    var value = value
    value.tag = tag
    try append(
      .with {
        $0.step = Int64(step)
        $0.summary.value = [value]
      })
  }

  private func append(_ event: LogEvent) throws(FileError) {
    var event = event
    event.wallTime = Date().timeIntervalSince1970
    let data: [UInt8]
    do {
      data = try event.serializedBytes()
    } catch {
      throw FileError(path: path, reason: "an event holds 2 GiB at most")
    }
    try file.append(TFRecord.frame(data))
  }
}
