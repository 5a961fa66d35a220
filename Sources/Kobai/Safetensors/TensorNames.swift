import KobaiFiles

/// Weights under other names than the network's, as wrappers and anonymous layers leave them.
extension SafetensorsFile {
  /// The file with its tensors under other names.
  ///
  /// - Parameter name: the new name of each; nil leaves it as it is.
  private func renamed(_ name: (String) -> String?) -> SafetensorsFile {
    var file = self
    file.entries = Dictionary(entries.map { (name($0.key) ?? $0.key, $0.value) }) { first, _ in first }
    return file
  }

  /// The file without a prefix that names have, such as "module." from `DataParallel` or "_orig_mod." from
  /// `torch.compile`. Names without it stay.
  ///
  /// - Throws: `FileError` where no name has it, or where two become the same.
  public func stripping(prefix: String) throws(FileError) -> SafetensorsFile {
    guard entries.keys.contains(where: { $0.hasPrefix(prefix) && $0 != prefix }) else {
      let names = entries.keys.sorted().prefix(3).joined(separator: ", ")
      throw FileError(path: path, reason: "no tensor's name begins with \"\(prefix)\"; they are \(names), …")
    }
    func name(_ name: String) -> String {
      name.hasPrefix(prefix) && name != prefix ? String(name.dropFirst(prefix.count)) : name
    }
    if let twice = Dictionary(grouping: entries.keys, by: name).filter({ $0.value.count > 1 }).keys.min() {
      throw FileError(path: path, reason: "without \"\(prefix)\", two tensors are called \(twice)")
    }
    return renamed(name)
  }

  /// The common prefix of the names of all tensors that a network needs; nil where they have none.
  func prefix(before wanted: [NamedShape]) -> String? {
    guard let first = wanted.first?.name, entries[first] == nil else { return nil }
    return entries.keys.filter { $0.hasSuffix(first) && $0 != first }.map { String($0.dropLast(first.count)) }
      .sorted().first { prefix in wanted.allSatisfy { entries[prefix + $0.name] != nil } }
  }

  /// The file with the names of a network, where its own are those of an anonymous `nn.Sequential` ("0.weight",
  /// "2.bias"): layers are matched by their order, if all of their shapes agree.
  ///
  /// - Parameter wanted: the network's tensors, the layers in order.
  /// - Returns: the file, and which of its layers is which of the network's; nil where they do not match.
  public func matchingOrder(of wanted: [NamedTensor]) -> (file: SafetensorsFile, layers: [(String, String)])? {
    matchingOrder(of: wanted.shapes)
  }

  /// The same for a network that has no memory yet.
  package func matchingOrder(of wanted: [NamedShape]) -> (file: SafetensorsFile, layers: [(String, String)])? {
    let theirs = Set(entries.filter { Self.isFloatingPoint($0.value.type) }.keys.map(Self.layer))
    let indices = theirs.map { Int($0.split(separator: ".").last ?? "") }
    let containers = Set(theirs.map(Self.layer))  // layers in two containers have no known order
    guard containers.count == 1, !indices.contains(nil) else { return nil }
    let ordered = zip(theirs, indices).sorted { $0.1 ?? 0 < $1.1 ?? 0 }.map(\.0)
    var layers: [String] = []
    for (name, _) in wanted where !layers.contains(Self.layer(of: name)) { layers.append(Self.layer(of: name)) }
    guard ordered.count == layers.count else { return nil }
    let names = Dictionary(uniqueKeysWithValues: zip(ordered, layers))
    let file = renamed { name in
      let layer = Self.layer(of: name)
      return names[layer].map { $0 + name.dropFirst(layer.count) }
    }
    let tensors = file.entries.filter { Self.isFloatingPoint($0.value.type) }
    guard tensors.count == wanted.count, wanted.allSatisfy({ tensors[$0.name]?.shape == $0.shape.array }) else {
      return nil
    }
    return (file, Array(zip(ordered, layers)))
  }

  /// "conv1" for "conv1.weight", "" for "0".
  private static func layer(of name: String) -> String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }
}
