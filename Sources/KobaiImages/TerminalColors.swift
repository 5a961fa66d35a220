/// What colours a terminal has.
public enum TerminalColors: Sendable, Equatable {
  /// None: pictures are shades of characters.
  case none
  /// The 256 of xterm.
  case palette
  /// All of them: 24 bits.
  case trueColor

  /// The colours of a terminal by its variables: COLORTERM says whether it has all of them, and NO_COLOR that none are wanted
  /// (https://no-color.org).
  ///
  /// - Parameters:
  ///   - environment: the process's variables.
  ///   - isTerminal: whether there is a terminal at all.
  public init(_ environment: [String: String], isTerminal: Bool) {
    let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    guard isTerminal && isWanted else {
      self = .none
      return
    }
    self = ["truecolor", "24bit"].contains(environment["COLORTERM"]?.lowercased()) ? .trueColor : .palette
  }

  /// The parameters of an escape sequence for a colour; nil where there are no colours.
  func parameters(_ pixel: Pixel, isBackground: Bool) -> String? {
    let kind = isBackground ? 48 : 38
    return switch self {
    case .none: nil
    case .palette: "\(kind);5;\(pixel.paletteIndex)"
    case .trueColor: "\(kind);2;\(pixel.red);\(pixel.green);\(pixel.blue)"
    }
  }
}

/// A pixel as a terminal shows it.
struct Pixel: Equatable {
  let red: Int, green: Int, blue: Int

  /// The nearest of xterm's 6×6×6 colours and 24 grays.
  var paletteIndex: Int {
    let levels = [0, 95, 135, 175, 215, 255]
    func nearest(_ value: Int) -> Int { levels.indices.min { abs(levels[$0] - value) < abs(levels[$1] - value) }! }
    func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
      (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
    }
    let (r, g, b) = (nearest(red), nearest(green), nearest(blue))
    let gray = min(max(((red + green + blue) / 3 - 3) / 10, 0), 23)
    let light = 8 + 10 * gray
    return distance(light, light, light) < distance(levels[r], levels[g], levels[b])
      ? 232 + gray : 16 + 36 * r + 6 * g + b
  }
}

extension Picture {
  /// The picture for a terminal, two rows of pixels a line: the upper one in the colour of the character, the lower one in that of its
  /// ground. Without colours it is drawn in shades, as ``terminalPicture(_:width:height:)`` does.
  ///
  /// - Parameter colors: what the terminal has.
  /// - Returns: lines of ``width`` characters, beside the sequences that colour them.
  public func terminalLines(_ colors: TerminalColors) -> [String] {
    if colors == .none { return terminalPicture(converted(channels: 1).pixels, width: width, height: height) }
    let source = pixels.span
    func pixel(_ x: Int, _ y: Int) -> Pixel {
      let i = (y * width + x) * channels
      let last = channels - 1
      return Pixel(red: Int(source[i]), green: Int(source[i + min(1, last)]), blue: Int(source[i + last]))
    }
    return stride(from: 0, to: height, by: 2).map { y in
      var (line, before) = ("", "")
      for x in 0..<width {
        let lower = y + 1 < height ? colors.parameters(pixel(x, y + 1), isBackground: true) : nil
        let sequence = [colors.parameters(pixel(x, y), isBackground: false), lower].compactMap(\.self).joined(
          separator: ";")
        if sequence != before { line += "\u{1b}[\(sequence)m" }
        before = sequence
        line += "▀"
      }
      return line + "\u{1b}[0m"
    }
  }
}
