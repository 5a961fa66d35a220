import KobaiPreconditions

/// A picture for the terminal, two rows of pixels a line: each character is the one whose halves are nearest in lightness
/// to the pixels it stands for, on a dark ground.
///
/// There are `width` × `height` pixels, row by row, 0 dark to 255 light.
/// - Returns: lines of `width` characters.
public func terminalPicture(_ pixels: [UInt8], width: Int, height: Int) -> [String] {
  require(pixels.count == width * height, "\(pixels.count) pixels are not \(width)×\(height)")
  let characters: [(character: Character, upper: Int, lower: Int)] = [
    (" ", 0, 0), ("░", 64, 64), ("▒", 128, 128), ("▓", 191, 191), ("█", 255, 255), ("▀", 255, 0), ("▄", 0, 255),
  ]
  return stride(from: 0, to: height, by: 2).map { y in
    String(
      (0..<width).map { x in
        let upper = Int(pixels[y * width + x])
        let lower = y + 1 < height ? Int(pixels[(y + 1) * width + x]) : 0
        func distance(_ u: Int, _ l: Int) -> Int { (upper - u) * (upper - u) + (lower - l) * (lower - l) }
        return characters.min { distance($0.upper, $0.lower) < distance($1.upper, $1.lower) }!.character
      })
  }
}
