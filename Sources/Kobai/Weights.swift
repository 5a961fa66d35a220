import KobaiFiles

extension Network {
  /// Every tensor that makes up the network's state, under PyTorch's names: parameters, then running statistics.
  public var namedTensors: [NamedTensor] {
    parameters.all.map { ($0.name, $0.value) } + buffers.map { ($0.name, $0.value) }
  }

  /// SHA-256 over the bits of all tensors, in order. Two trainings that end with the same digest did exactly the same.
  public var weightsSHA256: String {
    var hash = SHA256()
    for (_, tensor) in namedTensors { unsafe hash.update(tensor.span.bytes) }
    return hash.hexDigest()
  }

  /// Writes all tensors to a safetensors file, which PyTorch's `safetensors.torch.load_file` reads, and with them the
  /// description of the network, from which ``init(contentsOf:batch:registry:seed:kernels:)`` builds it again.
  ///
  /// - Parameters:
  ///   - path: the path of the file; one that exists is replaced.
  ///   - metadata: keys and values to save with the tensors.
  ///   - registry: the layers that a description may name. Where the network has others, the file holds weights alone.
  /// - Throws: `FileError`; the file that was there stays whole.
  public func save(
    to path: String, metadata: [String: String] = [:], registry: NodeRegistry = .standard
  ) throws(FileError) {
    try SafetensorsFile.write(namedTensors, metadata: describing(metadata, registry), to: path)
  }

  /// The same into a file that is open already, and puts it in place.
  public func save(
    to file: AtomicFile, metadata: [String: String] = [:], registry: NodeRegistry = .standard
  ) throws(FileError) {
    try SafetensorsFile.write(namedTensors, metadata: describing(metadata, registry), to: file)
  }

  /// The bytes of the file that ``save(to:metadata:registry:)-(String,_,_)`` writes.
  public func savedSize(metadata: [String: String] = [:], registry: NodeRegistry = .standard) -> Int {
    SafetensorsFile.size(of: namedTensors, metadata: describing(metadata, registry))
  }

  /// Loads all tensors from a safetensors file, Kobai's or PyTorch's.
  ///
  /// Tensors of other types than floating point, such as the batches that PyTorch's normalisation has counted
  /// (`num_batches_tracked`), are no weights and are skipped.
  ///
  /// - Parameters:
  ///   - path: the path of the file.
  ///   - allowed: what may not fit, as where the file is of a network with another last layer. Tensors that do not keep the
  ///     values that they have.
  /// - Returns: what matched and what did not.
  /// - Throws: `FileError` that names every tensor which is missing, unknown or of another shape, or the prefix that all
  ///   names have. The network is then as it was.
  @discardableResult
  public func load(from path: String, allowing allowed: LoadReport.Misfits = []) throws(FileError) -> LoadReport {
    try load(try SafetensorsFile(path), allowing: allowed)
  }

  /// The same from a file that is open already, or of another network in part: of one with other classes, say, all but the
  /// last layer.
  ///
  /// ```swift
  /// let report = try network.load(file, allowing: [.otherShapes, .unknown])
  /// print(report)  // 4 tensors match; affine2.weight is 10×100, not 26×100; …
  /// ```
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - allowed: what may not fit. Tensors that do not keep the values that they have.
  ///   - ignored: whether a name is no concern of the network.
  /// - Returns: what matched and what did not.
  /// - Throws: `FileError` that names what is not allowed, or says that nothing matches. The network is then as it was.
  @discardableResult
  public func load(
    _ file: SafetensorsFile, allowing allowed: LoadReport.Misfits = [],
    ignoring ignored: (String) -> Bool = { _ in false }
  ) throws(FileError) -> LoadReport {
    let wanted = namedTensors
    let report = try check(file, allowing: allowed, ignoring: ignored)
    let matched = Set(report.matched)
    let targets = wanted.filter { matched.contains($0.name) }
    let values = try targets.map { (name, tensor) throws(FileError) in try file.floats(name) }
    for ((_, tensor), elements) in zip(targets, values) { tensor.copy(from: Tensor(tensor.shape, elements)) }
    return report
  }

  /// Finds out whether a file has the network's weights, and changes nothing.
  ///
  /// - Returns: what matches and what does not.
  /// - Throws: what ``load(_:allowing:ignoring:)`` throws.
  @discardableResult
  package func check(
    _ file: SafetensorsFile, allowing allowed: LoadReport.Misfits = [],
    ignoring ignored: (String) -> Bool = { _ in false }
  ) throws(FileError) -> LoadReport {
    guard !isFrozen else {
      throw FileError(path: file.path, reason: "cannot be loaded into a frozen network; thaw() it first")
    }
    return try file.check(for: namedTensors.shapes, allowing: allowed, ignoring: ignored)
  }
}

extension SafetensorsFile {
  /// Finds out whether the file has the weights of a network, which need not be built for that.
  ///
  /// - Parameters:
  ///   - wanted: the network's tensors (`Network.Design.tensors`).
  ///   - allowed: what may not fit.
  ///   - ignored: whether a name is no concern of the network.
  /// - Returns: what matches and what does not.
  /// - Throws: what `Network.load(_:allowing:ignoring:)` throws.
  @discardableResult
  package func check(
    for wanted: [NamedShape], allowing allowed: LoadReport.Misfits = [],
    ignoring ignored: (String) -> Bool = { _ in false }
  ) throws(FileError) -> LoadReport {
    let report = LoadReport(of: self, for: wanted, ignoring: ignored)
    var problems = report.misfits(otherThan: allowed)
    if !problems.isEmpty || report.matched.isEmpty, let prefix = prefix(before: wanted) {
      problems = [
        "the names of its tensors begin with \"\(prefix)\"; strip that (--strip-prefix \(prefix) of cnn-train)"
      ]
    } else if report.matched.isEmpty && problems.isEmpty && !wanted.isEmpty {
      problems = ["none of its tensors has the name and the shape of one of the network's"]
    }
    guard problems.isEmpty else {
      throw FileError(path: path, reason: "does not fit the network: \(problems.joined(separator: "; "))")
    }
    return report
  }
}
