import KobaiFiles
import KobaiKernels

extension Dataset {
  /// The images and classes in a .npz file: `x_train`, `y_train`, `x_test` and `y_test`, as in Keras' mnist.npz, or
  /// `train_images`, `train_labels`, `test_images` and `test_labels`. Images are bytes (images, height, width), with the channels
  /// last or after the images; classes are whole numbers from 0 to 255, one for each image.
  ///
  /// - Throws: `FileError` that names the array which is missing, damaged or of another kind.
  public static func load(npz path: String) throws(FileError) -> Dataset {
    let archive = try NumPyArchive(contentsOf: path)
    let spellings = [
      ["x_train", "y_train", "x_test", "y_test"], ["train_images", "train_labels", "test_images", "test_labels"],
    ]
    guard let names = spellings.first(where: { $0.contains(where: archive.contains) }) else {
      throw FileError(
        path: path,
        reason: "has no array \(quoted("x_train")), but \(archive.names.map(quoted).listed); "
          + "save x_train, y_train, x_test and y_test with numpy.savez")
    }
    func set(_ images: String, _ labels: String) throws(FileError) -> ImageSet {
      try ImageSet(images: archive.array(images), labels: archive.array(labels))
    }
    return try Dataset(
      name: path, train: set(names[0], names[1]), test: set(names[2], names[3]), path: path)
  }
}

extension ImageSet {
  /// Images of NumPy's arrays.
  ///
  /// - Parameters:
  ///   - images: bytes (images, height, width), (images, height, width, channels) or (images, channels, height, width) with 1
  ///     or 3 channels.
  ///   - labels: whole numbers from 0 to 255: one for each image.
  /// - Throws: `FileError` where they are something else.
  public init(images: NumPyArray, labels: NumPyArray) throws(FileError) {
    let shape = images.shape
    let channelsLast = shape.count == 4 && [1, 3].contains(shape[3])
    guard images.type == .uint8, shape.count == 3 || channelsLast || shape.count == 4 && [1, 3].contains(shape[1])
    else {
      throw FileError(
        path: images.name,
        reason: "holds \(images.type.rawValue) of shape (\(NPYHeader.name(shape))); images are bytes (uint8) of "
          + "N×height×width, perhaps with 1 or 3 channels")
    }
    let count = try images.sampleCount()
    let rows = labels.rows()
    guard labels.shape.first == count, rows.width == 1 else {
      throw FileError(
        path: labels.name,
        reason: "its shape is (\(NPYHeader.name(labels.shape))) for the \(count) images of \(images.name)")
    }
    var classes: [UInt8] = []
    classes.reserveCapacity(count)
    for i in 0..<count {
      guard let label = rows.whole(i, 0), let byte = UInt8(exactly: label) else {
        throw FileError(
          path: labels.name, reason: "label \(rows.float(i, 0)) of image \(i + 1); classes go from 0 to 255")
      }
      classes.append(byte)
    }
    let channels = shape.count == 3 ? 1 : channelsLast ? shape[3] : shape[1]
    let size = channelsLast ? Size2D(shape[1], shape[2]) : Size2D(shape[shape.count - 2], shape[shape.count - 1])
    self.init(
      pixels: images.bytes(interleavedChannels: channelsLast ? channels : 1), size: size, channels: channels,
      labels: classes.map { .init($0) })
  }
}

extension NumPyArray {
  /// The bytes of images, one channel after the other.
  fileprivate func bytes(interleavedChannels channels: Int) -> [UInt8] {
    let rows = rows()
    let plane = rows.width / channels
    if rows.offsets == nil && channels == 1 {
      return [UInt8](storage.bytes.extracting(start..<start + count))
    }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let bytes = storage.bytes
      for i in 0..<rows.count {
        for j in 0..<rows.width {
          let place = j % channels * plane + j / channels
          let offset = start + i * rows.rowStride + (rows.offsets?[j] ?? j)
          unsafe buffer[i * rows.width + place] = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        }
      }
      filled = count
    }
  }
}
