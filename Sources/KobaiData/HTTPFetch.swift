import Foundation
import KobaiFiles
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Fetches one URL into memory, with progress, and gives up where nothing arrives for a while.
final class HTTPFetch: NSObject, URLSessionDataDelegate, Sendable {
  enum Failure: Error, CustomStringConvertible {
    case status(Int)
    case tooLarge(Int)
    case insecure(String)
    case connection(String)

    var description: String {
      switch self {
      case .status(let code): "the server answers \(code)"
      case .tooLarge(let limit): "the file is larger than \(limit) bytes"
      case .insecure(let place): "the server redirects to \(place), which is not HTTPS"
      case .connection(let reason): reason
      }
    }
  }

  private struct State {
    var bytes: [UInt8] = []
    var failure: Failure?
    var continuation: CheckedContinuation<[UInt8], any Error>?
  }

  private let state = Mutex(State())
  private let limit: Int
  private let progress: @Sendable (Int) -> Void

  private init(limit: Int, progress: @escaping @Sendable (Int) -> Void) {
    (self.limit, self.progress) = (limit, progress)
  }

  /// - Parameters:
  ///   - idle: seconds without a byte after which the connection counts as dead.
  ///   - limit: more bytes than this are refused.
  ///   - progress: called with the bytes that have arrived.
  static func fetch(
    _ url: URL, idle: Double, limit: Int, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> [UInt8] {
    let fetch = HTTPFetch(limit: limit, progress: progress)
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = idle
    let session = URLSession(configuration: configuration, delegate: fetch, delegateQueue: nil)
    defer { session.finishTasksAndInvalidate() }
    let task = session.dataTask(with: url)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        fetch.state.withLock { $0.continuation = continuation }
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    let code = (response as? HTTPURLResponse)?.statusCode ?? 200
    guard code == 200 else {
      state.withLock { $0.failure = $0.failure ?? .status(code) }
      completionHandler(.cancel)
      return
    }
    completionHandler(.allow)
  }

  /// A redirection leads on by HTTPS, or nowhere.
  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    guard request.url?.scheme?.lowercased() == "https" else {
      state.withLock { $0.failure = .insecure((request.url?.absoluteString ?? "nowhere").printable) }
      return completionHandler(nil)
    }
    completionHandler(request)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let (count, isTooLarge) = state.withLock { state in
      state.bytes += data
      if state.bytes.count > limit { state.failure = .tooLarge(limit) }
      return (state.bytes.count, state.bytes.count > limit)
    }
    if isTooLarge { dataTask.cancel() } else { progress(count) }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    let state = state.withLock { state in
      defer { state.continuation = nil }
      return state
    }
    if let failure = state.failure {
      state.continuation?.resume(throwing: failure)
    } else if let error {
      state.continuation?.resume(throwing: Failure.connection(Self.describe(error)))
    } else {
      state.continuation?.resume(returning: state.bytes)
    }
  }

  /// Foundation on Linux has words for few of its errors.
  private static func describe(_ error: any Error) -> String {
    switch (error as? URLError)?.code {
    case .timedOut: "no answer in time"
    case .cannotFindHost, .dnsLookupFailed: "host not found"
    case .cannotConnectToHost: "no connection"
    case .networkConnectionLost: "the connection broke off"
    case .notConnectedToInternet: "no network"
    case .some(let code): "the request failed (URL error \(code.rawValue))"
    case nil: "the request failed"
    }
  }
}
