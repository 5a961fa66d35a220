import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiFiles

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Whether this machine trains every network with every optimizer to the bits of all others.",
    discussion: """
      On each instruction set that the processor has, and on each number of threads. The last line is this machine's line \
      of the table in the article The Same Bits of the documentation.
      """)
  @Option(help: "The networks, with commas.")
  var networks = ChoiceList(NetworkName.allCases)
  @Option(help: "The optimizers, with commas.")
  var optimizers = ChoiceList(BenchOptimizer.allCases)
  @Option(parsing: .unconditional, help: "Thread counts, with commas.")
  var threads = CountList(Array(1...8))

  func run() throws {
    let sets = InstructionSet.allCases.filter(\.isSupported)
    let kernels = sets.flatMap { set in kernelCounts(of: set).map { Kernels(instructionSet: set, threads: $0) } }
    let trainings = ReproducibleTraining.all.filter {
      networks.choices.contains($0.network) && optimizers.choices.contains($0.optimizer)
    }
    var table = Table(["network"] + optimizers.choices.map(\.rawValue))
    var (digests, differences): ([String], [String]) = ([], [])
    let progress = ProgressLine()
    defer { progress.clear() }  // before an error is printed, too
    for network in networks.choices {
      var row = [network.rawValue]
      for training in trainings where training.network == network {
        progress.show(
          Double(digests.count) / Double(trainings.count), "\(network.rawValue) with \(training.optimizer.rawValue)")
        let all = try kernels.map { (kernels: $0, digest: try training.digest($0)) }
        differences += all.filter { $0.digest != training.golden }.map {
          Self.difference($0.digest, of: training, $0.kernels)
        }
        row.append(all[0].digest)
        digests.append(all[0].digest)
      }
      table.append(row)
    }
    progress.clear()
    table.print()
    guard differences.isEmpty else { throw NotReproduced(differences: differences) }
    let names = sets.map(\.rawValue).joined(separator: ", ")
    let counts = threads.counts.map(String.init).joined(separator: ", ")
    print("the same on \(names), with \(counts) threads, as everywhere")
    guard trainings.count == ReproducibleTraining.all.count else { return }
    let cells = [Machine.processor, Machine.system, names, counts, "`\(ReproducibleTraining.summary(digests))`"]
    print("\n| " + cells.joined(separator: " | ") + " |")
  }

  /// Plain C emulates fused multiply-adds, which is slow: one number of threads has to do.
  private func kernelCounts(of set: InstructionSet) -> [Int] {
    set == .portable ? Array(threads.counts.suffix(1)) : threads.counts
  }

  static func difference(_ digest: String, of training: ReproducibleTraining, _ kernels: Kernels) -> String {
    """
    \(training.network.rawValue) with \(training.optimizer.rawValue) on \(kernels.instructionSet.rawValue), \
    threads \(kernels.threads): \(digest), not \(training.golden ?? "known")
    """
  }
}

/// Weights that differ from those of other machines.
struct NotReproduced: Error, CustomStringConvertible {
  let differences: [String]
  var description: String {
    "\(differences.count) trainings end with other bits than everywhere else, the first: \(differences[0])"
  }
}

/// What this machine is called.
enum Machine {
  /// The name that the processor gives itself; the architecture where it gives none.
  static var processor: String {
    #if canImport(Darwin)
      var size = 0
      unsafe sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var name = [UInt8](repeating: 0, count: size)
      guard size > 0, unsafe sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 else { return "Apple" }
      return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    #else
      let name = lines("/proc/cpuinfo").first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
      return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    #endif
  }

  static var system: String {
    let name = lines("/etc/os-release").first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst("PRETTY_NAME=".count)
    return name?.trimmingCharacters(in: ["\""]) ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  private static func lines(_ path: String) -> [Substring] {
    (try? readFile(path)).map { String(decoding: $0, as: UTF8.self).split(separator: "\n") } ?? []
  }
}
