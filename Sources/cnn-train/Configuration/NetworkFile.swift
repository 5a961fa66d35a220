import Kobai
import KobaiData
import KobaiFiles
import KobaiTraining

/// A network that a file of JSON describes. The description goes with the configuration, so that a training that is resumed
/// needs no file.
struct NetworkFile: Codable, Sendable {
  /// Where it was read from, as it was typed.
  let path: String
  let description: NetworkDescription

  /// - Throws: `FileError` where the file describes no network.
  init(_ path: String) throws(FileError) {
    self.path = path
    description = try NetworkDescription(contentsOf: path)
  }

  /// A network that was read from no file.
  init(name: String, _ description: NetworkDescription) { (path, self.description) = (name, description) }

  /// What the network is called: the name of its file.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Plans the network, with random first weights.
  ///
  /// - Throws: `FileError` where it cannot be built, or takes and makes something else than the data have, with both shapes.
  func planNetwork(
    for data: TrainingData, batch: Int, seed: UInt64, kernels: Kernels
  ) throws(FileError) -> Network.Blueprint {
    do {
      let graph = try description.graph()
      try check(Network.Design(graph, batch: 1, kernels: kernels), for: data)
      return try Network.Blueprint(graph, batch: batch, seed: seed, kernels: kernels)
    } catch let error as BuildError {
      throw FileError(path: path, reason: "its network cannot be built: \(error)")
    } catch { throw error as? FileError ?? FileError(path: path, reason: "\(error)") }
  }

  /// Refuses a network that is not for these data, before it claims its memory.
  private func check(_ design: Network.Design, for data: TrainingData) throws(FileError) {
    let inputs = design.inputs.map { design.shapes[$0.value] }
    let outputs = design.outputs.map { design.shapes[$0.value] }
    func words(_ shapes: [Shape]) -> String { shapes.map(\.description).joined(separator: " and ") }
    let (input, task) = (Shape(data.train.inputShape), LearningTask(data))
    guard inputs == [input] else {
      throw FileError(
        path: path,
        reason: "its network takes \(words(inputs)), but the \(data.sampleName) of \(data.name) are \(input)")
    }
    // What a reconstruction makes may be a row of numbers as well as an image.
    let wanted = task.outputs(for: input)
    guard outputs.count == 1, outputs == [[wanted]] || task == .reconstruction && outputs[0].count == wanted else {
      throw FileError(
        path: path,
        reason: "its network makes \(words(outputs)), but the \(task) of \(data.name) takes \(wanted) outputs")
    }
    guard !task.kind.makesProbabilities(design.outputLayer) else {
      throw FileError(
        path: path, reason: "its last layer makes probabilities, which the loss does itself; leave it out")
    }
  }
}
