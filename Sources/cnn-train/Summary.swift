import ArgumentParser
import Kobai
import KobaiCommand
import KobaiFiles

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows a network as a table: layers, output shapes, parameters; or as JSON.",
    discussion: """
      The JSON is what --network takes: a network of one's own begins with one that is there, as in
        cnn-train summary --model resnet --input 3x32x32 --json > mine.json
      A node is a layer, which reads the one before it unless "inputs" says otherwise; fields that are left out have their \
      usual values.
      """)

  @Option(help: "The network. (default: simple)")
  var model: NetworkName?
  @Option(
    help: ArgumentHelp("Saved weights, instead of a network's name.", valueName: "file"), transform: expandingTilde)
  var weights: String?
  @Option(
    help: ArgumentHelp("A network that a file of JSON describes.", valueName: "file.json"), transform: expandingTilde)
  var network: String?
  @Option(
    help: ArgumentHelp("The shape of one image, of a network by its name. (default: 1x28x28)", valueName: "shape"))
  var input: InputShape?
  @Option(parsing: .unconditional, help: "The number of classes, of a network by its name. (default: 10)")
  var classes: Int?
  @Flag(help: "Print the network's description as JSON, a node a line.")
  var json = false

  func validate() throws {
    guard network == nil || (model == nil && weights == nil) else {
      throw ValidationError("--network describes a whole network; leave out --\(model != nil ? "model" : "weights")")
    }
    let isNamed = network == nil && weights == nil
    guard isNamed || (input == nil && classes == nil) else {
      throw ValidationError(
        "--\(input != nil ? "input" : "classes") is for a network by its name; the file says its own")
    }
    if let classes, !(1...100_000).contains(classes) {
      throw ValidationError("--classes \(classes): from 1 to 100,000 are possible")
    }
  }

  func run() throws {
    let network = try makeNetwork()
    if json { return print(try NetworkDescription(network.design).formattedJSON) }
    let console = Console(quiet: false)
    for line in table(of: network, columns: Terminal.columns) { console.line(line) }
    if weights != nil { console.line("sha256  \(network.weightsSHA256)") }
  }

  private func makeNetwork() throws -> Network {
    let kernels = try Kernels.fromEnvironment()
    if let weights { return try SavedModel(weights, name: model).network(batch: 1, kernels: kernels) }
    if let network {
      let description = try NetworkDescription(contentsOf: network)
      do { return try Network(description.graph(), batch: 1, kernels: kernels) } catch {
        throw FileError(path: network, reason: "its network cannot be built: \(error)")
      }
    }
    let (name, shape) = (model ?? .simple, input?.shape ?? [1, 28, 28])
    do {
      return try Network(input: shape, batch: 1, name.architecture(classes: classes ?? 10), kernels: kernels)
    } catch {
      throw ValidationError("--model \(name.rawValue): it does not take \(shape) (\(error)); name others with --input")
    }
  }
}

/// The shape of one input, typed as 3x32x32.
struct InputShape: ExpressibleByArgument {
  let shape: Shape

  init?(argument: String) {
    let sizes = argument.split(omittingEmptySubsequences: false) { "x×,".contains($0) }.map { Int($0) ?? 0 }
    guard (1...3).contains(sizes.count), sizes.allSatisfy({ (1...10_000).contains($0) }) else { return nil }
    shape = Shape(sizes)
  }
}
