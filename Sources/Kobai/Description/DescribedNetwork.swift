import KobaiFiles
import KobaiKernels

extension Network {
  /// The key of a safetensors file's metadata that holds the ``NetworkDescription``.
  public static let descriptionKey = "kobai.network"

  /// Builds the network that a safetensors file describes, with the weights that it holds.
  ///
  /// - Parameters:
  ///   - path: a file that ``save(to:metadata:registry:)-(String,_,_)`` wrote.
  ///   - batch: the largest number of samples at a time.
  ///   - registry: the layers that the description may name.
  ///   - seed: the seed of dropout, should it be trained on.
  ///   - kernels: the kernels to compute with.
  /// - Throws: `FileError` for a file that is none, holds no description, or one that cannot be built or does not fit its
  ///   weights.
  public convenience init(
    contentsOf path: String, batch: Int, registry: NodeRegistry = .standard, seed: UInt64 = 0,
    kernels: Kernels = .default
  ) throws(FileError) {
    let file = try SafetensorsFile(path)
    let graph = try file.describedGraph(registry)
    // What is described is compared with what is there before anything is allocated.
    let blueprint: Blueprint
    do throws(BuildError) {
      blueprint = try Blueprint(graph, batch: batch, seed: seed, kernels: kernels)
    } catch {
      throw FileError(path: path, reason: "its network cannot be built: \(error)")
    }
    try file.check(for: blueprint.design.tensors)
    do throws(BuildError) { try self.init(undrawn: blueprint) } catch {
      throw FileError(path: path, reason: "its network cannot be built: \(error)")
    }
    try load(file)
  }

  /// The metadata with the description of the network, where all its layers are known.
  package func describing(
    _ metadata: [String: String], _ registry: NodeRegistry = .standard
  ) -> [String: String] {
    guard metadata[Self.descriptionKey] == nil, let description = try? NetworkDescription(design, registry: registry)
    else { return metadata }
    return metadata.merging([Self.descriptionKey: description.json]) { old, _ in old }
  }
}

extension SafetensorsFile {
  /// The graph of the network that the file describes.
  ///
  /// - Parameter registry: the layers that the description may name.
  func describedGraph(_ registry: NodeRegistry) throws(FileError) -> Graph {
    guard let json = metadata[Network.descriptionKey] else {
      throw FileError(
        path: path, reason: "holds weights but no description of their network; build the network and load(from:) them")
    }
    do throws(BuildError) { return try NetworkDescription(json: json).graph(registry: registry) } catch {
      throw FileError(path: path, reason: "its network cannot be built: \(error)")
    }
  }
}
