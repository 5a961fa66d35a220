/// What data leave open when they are loaded to train on.
public struct TrainingDataOptions: Sendable, Equatable {
  /// What a network should make of samples; where it is not given, the data decide (``TrainingData/init(contentsOf:options:note:progress:)``).
  public var targets: TargetKind?
  /// The columns of a table that are targets. Unless given, it is the one called label, labels, target, class or y, in this order and
  /// in small or capital letters; else the last one.
  public var targetColumns: [TableColumn]?
  /// The columns of a table to leave out.
  public var ignoredColumns: [TableColumn] = []
  /// How the rows of a table become numbers, where that was learned before; columns need not be named then.
  public var encoding: TableEncoding?
  /// Whether nothing is to be trained on: data of which no share can be set aside are tested on as a whole then.
  public var isForTesting = false
  /// How the images of IDX files stand.
  public var orientation = StoredOrientation.auto
  /// How the pictures of folders become images. Its share, and its seed, are what is set aside to test with of other data, too.
  public var pictures = PictureOptions()

  /// The usual; each property can be changed.
  public init() {}
}

/// How far data have been read.
public struct TrainingDataProgress: Sendable, Equatable {
  /// What is counted: "pictures" or "MB".
  public let unit: String
  /// How many of them are done.
  public let done: Int
  /// How many there are.
  public let total: Int
}
