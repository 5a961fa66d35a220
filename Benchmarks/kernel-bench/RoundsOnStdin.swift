import Foundation

/// Rounds when another program asks for them, so that it can let several programs take turns: prints `ready MODE` once
/// warm, and answers each line of standard input with the time of one call in a round, as JSON.
func serveRounds(
  _ mode: String, _ measure: (Contender) throws -> Double = { try $0.time() }, of body: @escaping () throws -> Void
) throws {
  let contender = try Contender(round: 0.3, body)
  say("ready \(mode)")
  while readLine() != nil {
    say("{\"mode\": \"\(mode)\", \"seconds\": \(try measure(contender))}")
  }
}

/// Not through `print`, which keeps lines back in a pipe.
private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
