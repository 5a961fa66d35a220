extension Experiment {
  /// The numbers that the reader may change, in the order of their declaration.
  public var settings: [any AnySetting] {
    Mirror(reflecting: self).children.compactMap { $0.value as? any AnySetting }
  }

  /// The values that the reader chose, such as "lr=0.95"; none where all are the book's.
  public var chosen: [String] { settings.compactMap(\.assignment) }

  /// Whether the reader chose nothing.
  var isAsInTheBook: Bool { chosen.isEmpty }

  /// The same experiment with another value of one of its settings; what was chosen before stays.
  ///
  /// - Throws: ``TextbookError`` where there is no such setting, which lists the names most like it, and where the value
  ///   is out of the setting's range.
  public func setting(_ name: String, to number: Double) throws(TextbookError) -> Self {
    let setting = try setting(named: name)
    let kind = setting.takesWholeNumbers ? "a whole number" : "a number"
    let isUsable = setting.range.contains(number) && !(setting.takesWholeNumbers && number != number.rounded())
    guard isUsable else {
      throw TextbookError(
        en: "\(name)=\(number.short): \(about.id) takes \(kind) in \(setting.rangeText)",
        ja:
          "\(name)=\(number.short)：\(about.id)で指定できるのは\(setting.rangeText)の\(setting.takesWholeNumbers ? "整数" : "数値")です"
      )
    }
    let changed = Self()
    for (old, new) in zip(settings, changed.settings) {
      (new as? any ChangeableSetting)?.choose(old.name == name ? number : old.chosen)
    }
    return changed
  }

  /// The setting of that name.
  func setting(named name: String) throws(TextbookError) -> any AnySetting {
    let settings = self.settings
    if let exact = settings.first(where: { $0.name == name }) { return exact }
    guard !settings.isEmpty else {
      throw TextbookError(
        en: "\(about.id) has no parameters to set, and so no \"\(name)\"",
        ja: "\(about.id)には変更できるパラメータがなく、「\(name)」もありません")
    }
    let near = nearNames(name, in: settings.map(\.name))
    throw TextbookError(
      en: "\(about.id) has no parameter \"\(name)\"; \(near.en)",
      ja: "\(about.id)に「\(name)」というパラメータはありません。\(near.ja)")
  }

  /// The same experiment with what the reader typed, such as "lr=0.95".
  ///
  /// - Throws: ``TextbookError`` as ``setting(_:to:)``, and where the text is no name with a number.
  public func setting(_ typed: String) throws(TextbookError) -> Self {
    let (name, values) = try parseAssignment(typed)
    guard values.count == 1 else {
      throw TextbookError(
        en: "\(typed): a parameter is set to one number; --sweep takes several",
        ja: "\(typed)：--setで指定できる値は1つです。複数の値は--sweepで指定してください")
    }
    return try setting(name, to: values[0])
  }
}

/// "lr=0.1,0.2" as a name and numbers.
func parseAssignment(_ typed: String) throws(TextbookError) -> (name: String, values: [Double]) {
  let parts = typed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2, !parts[0].isEmpty else {
    throw TextbookError(
      en: "\"\(typed)\": write a name and a number, such as lr=0.1", ja: "「\(typed)」：lr=0.1のように名前と数値を指定してください")
  }
  var values: [Double] = []
  for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
    guard let value = Double(word), value.isFinite else {
      throw TextbookError(en: "\(typed): \"\(word)\" is no number", ja: "\(typed)：「\(word)」は数値ではありません")
    }
    values.append(value)
  }
  return (String(parts[0]), values)
}
