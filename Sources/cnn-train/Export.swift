import ArgumentParser
import Kobai
import KobaiCommand
import KobaiFiles
import KobaiONNX
import KobaiReport

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes saved weights and their network as ONNX, which runs nearly everywhere.")

  @OptionGroup var weights: WeightsOptions
  @Option(help: ArgumentHelp("The file to write.", valueName: "file.onnx"), transform: expandingTilde)
  var onnx: String

  func run() throws {
    _ = try AtomicFile(onnx)
    let saved = try weights.load()
    let network = try weights.network(saved, batch: 1, kernels: Kernels.fromEnvironment(threads: 1))
    var notes = saved.metadata
    notes["format"] = nil
    try network.saveONNX(to: onnx, metadata: notes)
    print("\(onnx): \(saved.title), \(network.parameters.count.grouped) parameters, input \(network.input)")
  }
}
