import CEmbeddedDigits
import KobaiFiles

extension Dataset {
  /// The digits inside the program: 4,000 to train and 1,000 to test, all from MNIST's training set.
  public static func embedded() throws(FileError) -> Dataset {
    func unpack(_ file: kobai_file, _ name: String, rank: Int) throws(FileError) -> IDX {
      let packed = unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
      return try IDX(Gzip.unpack(packed, path: name), rank: rank, path: name)
    }
    let name = "embedded digits"
    let train = try unsafe ImageSet(
      images: unpack(kobai_train_images(), name, rank: 3), labels: unpack(kobai_train_labels(), name, rank: 1),
      paths: (name, name))
    let test = try unsafe ImageSet(
      images: unpack(kobai_test_images(), name, rank: 3), labels: unpack(kobai_test_labels(), name, rank: 1),
      paths: (name, name))
    return try Dataset(name: name, train: train, test: test, path: name)
  }
}
