import KobaiFiles
import KobaiImages
import KobaiKernels

/// The size and channels that all images of a folder get, as far as options and pictures decide together.
struct PictureRule: Codable, Equatable, Sendable {
  let width: Int, height: Int
  let channels: Int
  private let fit: String

  /// The rule for pictures of these sizes and channels; there has to be one.
  init(_ options: PictureOptions, _ headers: some Sequence<PictureHeader>) {
    var counts: [[Int]: Int] = [:]
    var isGray = true
    for header in headers {
      counts[[header.width, header.height], default: 0] += 1
      isGray = isGray && header.channels == 1
    }
    // The most frequent size; of equally frequent ones the smallest.
    let most = counts.min { a, b in
      let (areaA, areaB) = (a.key[0] * a.key[1], b.key[0] * b.key[1])
      return (-a.value, areaA, a.key[0]) < (-b.value, areaB, b.key[0])
    }
    (width, height) = options.size.map { ($0.width, $0.height) } ?? (most?.key[0] ?? 1, most?.key[1] ?? 1)
    channels = options.channels ?? (isGray ? 1 : 3)
    fit = options.fit.rawValue
  }

  /// The rule for pictures that become images of that size.
  init(size: Size2D, channels: Int, fit: PictureOptions.Fit) {
    (width, height, self.channels, self.fit) = (size.width, size.height, channels, fit.rawValue)
  }

  /// The number of bytes of an image.
  var bytes: Int { channels * width * height }

  var size: Size2D { Size2D(height, width) }

  /// Whether images can be so; a damaged file of the cache may say anything.
  var isSensible: Bool {
    let sides = 1...Picture.largestSide
    return sides.contains(width) && sides.contains(height) && (channels == 1 || channels == 3)
  }

  /// The bytes of an image, channel by channel, of a picture's file.
  func image(_ path: String) throws(FileError) -> [UInt8] {
    let file = try readFile(path)
    do throws(ImageError) {
      return planes(try Picture.decode(file, path: path, reducing: reduction))
    } catch {
      throw error.naming(path)
    }
  }

  /// The size that a picture is resized to, before what is too much is cut off or what is missing is added.
  private func resized(_ oldWidth: Int, _ oldHeight: Int) -> (width: Int, height: Int) {
    let isWider = oldWidth * height > width * oldHeight  // than the wanted picture
    switch fit {
    case PictureOptions.Fit.stretch.rawValue: return (width, height)
    case PictureOptions.Fit.crop.rawValue:
      return isWider
        ? (height * oldWidth / oldHeight, height)
        : (width, width * oldHeight / oldWidth)
    default:
      return isWider
        ? (width, max(1, width * oldHeight / oldWidth))
        : (max(1, height * oldWidth / oldHeight), height)
    }
  }

  /// How far libjpeg may reduce a picture of that size: twice as large as wanted is left for the filter.
  private func reduction(_ oldWidth: Int, _ oldHeight: Int) -> Int {
    let wanted = resized(oldWidth, oldHeight)
    return [8, 4, 2].first { oldWidth >= 2 * wanted.width * $0 && oldHeight >= 2 * wanted.height * $0 } ?? 1
  }

  /// The bytes of an image, channel by channel, of a picture.
  func planes(_ original: Picture) -> [UInt8] {
    let picture = original.converted(channels: channels)
    let wanted = resized(picture.width, picture.height)
    // As Python rounds, and so torchvision's CenterCrop: halves to the even number.
    func half(_ excess: Int) -> Int { Int((Double(excess) / 2).rounded(.toNearestOrEven)) }
    let (x, y) = (half(wanted.width - width), half(wanted.height - height))
    let fitted = picture.resized(
      width: wanted.width, height: wanted.height, columns: max(x, 0)..<min(x + width, wanted.width),
      rows: max(y, 0)..<min(y + height, wanted.height)
    ).cropped(x: min(x, 0), y: min(y, 0), width: width, height: height)
    guard channels > 1 else { return fitted.pixels }
    let (source, plane) = (fitted.pixels.span, width * height)
    var planes = [UInt8](repeating: 0, count: bytes)
    var target = planes.mutableSpan
    for i in 0..<plane {
      for c in 0..<channels { target[c * plane + i] = source[i * channels + c] }
    }
    return planes
  }
}

extension ImageError {
  /// The same as an error of a file.
  func naming(_ path: String) -> FileError {
    if case .file(let error) = self { return error }
    return FileError(path: path, reason: description)
  }
}
