import Kobai
import KobaiCommand
import KobaiData
import KobaiReport
import KobaiTraining

/// The options that decide what comes out of a training, to the bit.
///
/// This is the one table of them: the command line and its help, the JSON in checkpoints, the check of what was typed or
/// read, the comparison with a checkpoint that is resumed, the line about the training and its report all go through it,
/// in this order. A new option is one entry here, besides the place that uses its value. The defaults are those of the
/// book, as far as it has one; ``Preset`` says when they are others.
struct TrainingFields: Sendable {
  static let table = TrainingFields()
  static let all = Mirror(reflecting: table).children.compactMap { ($0.value as? any TableEntry)?.entry }

  let data = Field<String>(
    "data", as: .text(expandingTilde, print: { $0 }), default: .value("auto"),
    help:
      """
      What to train on: auto (cached or fetched MNIST, else embedded), embedded, or the path of data: IDX files, CIFAR in \
      binary, pictures in a folder for each class, a CSV file, or NumPy's .npz. (default: auto)
      """,
    valueName: "auto|embedded|path", isFixed: false)  // the same images may lie elsewhere: their digest is compared
  let orientation = Field<StoredOrientation>(
    "orientation", as: .value, default: .value(.auto), unset: "as stored", help: "\(orientationHelp) (default: auto)",
    fits: { $0 == .auto || $2.form == .images(.idx) ? nil : "it is for images of IDX files" }
  ).optional  // without one is a file from before images were turned
  let classNames = Field<[String]>(
    "class-names", as: .text({ try readClassNames(expandingTilde($0)).names }, print: { $0.joined(separator: ",") }),
    unset: "those of the data", help: classNamesHelp, valueName: "names"
  ).optional
  let target = Field<[String]>(
    "target", as: .list, unset: "found by its name",
    help:
      """
      The column of a CSV file that is to be predicted, or several, as in a,b. (default: the one called label, labels, \
      target, class or y, else the last)
      """, valueName: "columns", fits: { _, _, data in onlyTables(data) }
  ).optional
  let ignore = Field<[String]>(
    "ignore", as: .list, help: "Columns of a CSV file to leave out, such as names.", valueName: "columns",
    fits: { _, _, data in onlyTables(data) }
  ).optional
  let task = Field<LearningTask.Kind>(
    "task", as: .value, default: .following { $1.task }, unset: LearningTask.Kind.classification.rawValue,
    help:
      """
      What is to be learned; reconstruction is of the input itself. (default: of a column, classification where it has \
      texts or at most 20 different whole numbers from 0 on, else regression; of several, multi-label where they have 0 and 1 only)
      """,
    fits: { $0 == $2.task ? nil : "the targets are those of a \($2.task.rawValue)" },
    phrase: { $0 == .classification ? nil : $0.rawValue }
  ).optional
  let imageSize = Field<ImageSize>(
    "image-size", as: .value, unset: "that of most pictures",
    help: "The size of images from a folder of pictures, as in 32 or, height first, 32x48. (default: that of most)",
    valueName: "size", fits: { _, _, data in onlyPictures(data) }
  ).optional
  let skipUnreadable = Field<Bool>(
    "skip-unreadable", as: .flag, unset: "not", help: "Leave out pictures that cannot be read. (default: not)",
    fits: { $0 ? onlyPictures($2) : nil }
  ).optional
  let model: OptionalField<NetworkName> = Field(
    "model", as: .value, default: .following { others, _ in others.network == nil ? .simple : nil },
    unset: "that of --network", help: "The network. (default: simple; mlp for tables)",
    fits: { model, others, data in
      if others.network != nil { return "--network describes the network; leave one of them out" }
      return model.takesRows || data.input.count == 3
        ? nil
        : "it takes images, and samples of \(data.input.map(String.init).joined(separator: "×")) are none; "
          + "\(NetworkName.allCases.filter(\.takesRows).map(\.rawValue).joined(separator: " and ")) take them"
    }
  ).optional
  let network: OptionalField<NetworkFile> = Field(
    "network", as: .text({ try NetworkFile(expandingTilde($0)) }, print: { $0.path }),
    help: "A network that a file of JSON describes, as cnn-train summary --json writes it.", valueName: "file.json",
    excludes: "model", identity: { $0.description.json }
  ).optional
  let epochs = Field<Int>(
    "epochs", as: .value, default: .value(20), help: "Passes over the training images. (default: 20; 40 on few images)",
    check: { $0 > 1_000_000 ? "at most 1,000,000" : atLeastOne("epoch")($0) })
  let images = Field<Int>(
    "images", as: .value, unset: "all", help: "Train on so many of the images, chosen at random. (default: all)",
    check: atLeastOne("image"), fits: { $0 > $2.training(with: $1) ? thereAreOnly($2.training(with: $1)) : nil },
    phrase: { "\($0.grouped) images" }
  ).optional
  let batchSize = Field<Int>(
    "batch-size", as: .value, default: .following { min(100, $0.images ?? $1.training(with: $0)) },
    help: "Images in a step. (default: 100)", check: atLeastOne("image"),
    fits: { size, others, data in
      let images = others.images ?? data.training(with: others)
      return size > images ? thereAreOnly(images) : nil
    })
  let accumulate = Field<Int>(
    "accumulate", as: .value, unset: "1",
    help:
      """
      Batches in a step: their gradients are added up, to the bits of one batch of all of them where no batch \
      normalisation stands between. (default: 1)
      """,
    valueName: "batches", check: atLeastOne("batch"), phrase: { $0 > 1 ? "\($0) batches a step" : nil }
  ).optional
  let shards = Field<Int>(
    "shards", as: .value, unset: "none",
    help:
      """
      Compute each batch in so many parts, whose gradients are added in a fixed order: the same bits however many \
      processes share them out. (default: 8, or more for more processes, with --distributed)
      """,
    valueName: "parts", check: { $0 > 65_536 ? "at most 65,536" : atLeastOne("part")($0) },
    fits: { _, others, _ in others.accumulate ?? 1 > 1 ? "--accumulate adds batches up; leave one of them out" : nil },
    phrase: { $0 > 1 ? "in \($0) parts" : nil }
  ).optional
  let optimizer = Field<OptimizerName>(
    "optimizer", as: .value, default: .value(.adam), help: "The update rule. (default: adam)")
  let learningRate = Field<Float>(
    "learning-rate", as: .value,
    default: .following { others, _ in
      let optimizer = others.optimizer ?? .adam
      return optimizer.hasBetas && others.schedule == .oneCycle ? 0.003 : optimizer.defaultRate
    },
    help:
      """
      The highest learning rate. (default: 0.001 for adam, adamw and rmsprop, 0.02 for muon, else 0.01; adam's 0.003 on \
      one-cycle)
      """,
    check: positive)
  let baseBatchSize: OptionalField<Int> = Field(
    "base-batch-size", as: .value, unset: "that of the steps",
    help:
      """
      The batch size that --learning-rate is for: with larger batches the rate grows in proportion, and rises over the \
      first 5 epochs unless --warmup or the schedule says otherwise (Goyal et al., 2017).
      """,
    valueName: "images", check: atLeastOne("image"), phrase: { "for batches of \($0)" }
  ).optional
  let betas = Field<Betas>(
    "betas", as: .value, unset: Betas.standard.description,
    help: "Shares of Adam's two means that stay from step to step. (default: 0.9,0.999)",
    fits: { _, others, _ in belongs(to: [.adam, .adamw], others.optimizer) }, phrase: { "betas \($0)" }
  ).optional
  let momentum = Field<Float>(
    "momentum", as: .value, unset: "\(Momentum().momentum)",
    help: "Share of the velocity that stays from step to step, with momentum and nesterov. (default: 0.9)",
    check: lessThanOne,
    fits: { _, others, _ in
      others.optimizer == .muon ? "muon's is always 0.95" : belongs(to: [.momentum, .nesterov], others.optimizer)
    },
    phrase: { "momentum \($0)" }
  ).optional
  let schedule = Field<ScheduleName>(
    "schedule", as: .value, default: .value(.constant),
    help: "How the learning rate changes. (default: constant; one-cycle on few images)")
  let pctStart = Field<Float>(
    "pct-start", as: .value, unset: "0.3",
    help: "Share of the steps in which the rate rises, on one-cycle and triangular. (default: 0.3)",
    valueName: "share", check: lessThanOne,
    fits: { _, others, _ in belongs(to: [.oneCycle, .triangular], others.schedule) }, phrase: { "pct-start \($0)" }
  ).optional
  let annealStrategy = Field<Schedule.Annealing>(
    "anneal-strategy", as: .value, unset: Schedule.Annealing.cosine.rawValue,
    help: "Whether one-cycle rises and falls along half a cosine or in straight lines. (default: cos)",
    fits: { _, others, _ in belongs(to: [.oneCycle], others.schedule) },
    phrase: { $0 == .linear ? "linear annealing" : nil }
  ).optional
  let warmup = Field<Int>(
    "warmup", as: .value, default: .following { $0.warmupOfLargeBatches(for: $1) },
    help: "Steps in which the rate rises to the highest first. (default: 0; 5 epochs with --base-batch-size)",
    check: notNegative, phrase: { $0 > 0 ? "warm-up \($0) steps" : nil })
  let weightDecay = Field<Float>(
    "weight-decay", as: .value, default: .value(0),
    help: "L2 penalty on weights, not on biases and normalisation. (default: 0)", check: notNegative,
    phrase: { $0 > 0 ? "weight decay \($0)" : nil })
  let clipNorm = Field<Float>(
    "clip-norm", as: .value, help: "Scale gradients down to this norm where theirs is larger.", excludes: "clip-value",
    check: positive,
    phrase: { "norm at most \($0)" }
  ).optional
  let clipValue = Field<Float>(
    "clip-value", as: .value, help: "Limit every gradient to plus or minus this.", check: positive,
    phrase: { "gradients within ±\($0)" }
  ).optional
  let ema = Field<Float>(
    "ema", as: .value,
    help: "Evaluate and keep a moving average of the weights that decays by this factor a step, such as 0.999.",
    check: lessThanOne, phrase: { "averaged by \($0)" }
  ).optional
  let labelSmoothing = Field<Float>(
    "label-smoothing", as: .value, default: .value(0),
    help: "Share of each target spread over all classes. (default: 0)",
    check: { (0...1).contains($0) ? nil : "it must be at least 0 and at most 1" },
    fits: { $0 > 0 ? onlyClasses($2) : nil },
    phrase: { $0 > 0 ? "label smoothing \($0)" : nil })
  let classWeights = Field<ClassWeights>(
    "class-weights", as: .value, help: "How much each class counts, as in 1,1,2,…; one number a class.",
    fits: { weights, _, data in
      if let problem = onlyClasses(data) { return problem }
      return weights.areValid(forClasses: data.classes)
        ? nil : "\(data.classes) numbers are needed, none negative, not all zero"
    },
    phrase: { _ in "weighted classes" }
  ).optional
  let dropout = Field<Float>(
    "dropout", as: .value,
    help: "Dropout rate before the last layer, after each hidden layer of mlp. (default: 0.5 for deep, else 0)",
    check: lessThanOne,
    fits: { _, others, _ in
      if others.network != nil { return "a network of --network has its own layers for it" }
      return others.model.flatMap { $0.hasDropout ? nil : "\($0.rawValue) has no layer for it" }
    }
  ).optional
  let freeze = Field<[String]>(
    "freeze", as: .list,
    help: "Leave parameters as they are whose names begin like that, as in conv or conv1.,conv2.",
    valueName: "prefixes",
    check: { $0.isEmpty ? "at least one name, or its beginning, is needed" : nil },
    phrase: { "\($0.joined(separator: ",")) frozen" }
  ).optional
  let augment: Field<Bool> = Field(
    "augment", key: "augments", as: .flag, default: .value(false),
    help:
      """
      Shift, rotate and scale the training images at random. (default: on few images, unless --flip, --crop or --cutout \
      is given)
      """,
    fits: { isOn, others, data in
      guard isOn else { return nil }
      if let problem = onlyImages(data) { return problem }
      guard let mode = others.paddingMode, mode != .constant else { return nil }
      return "what is rotated has black beyond its edge; leave it out, or --padding-mode \(mode.rawValue)"
    },
    phrase: { $0 ? "augmented" : nil })
  let flip = Field<Bool>(
    "flip", as: .flag, unset: "false",
    help: "Exchange left and right in half of the training images (RandomHorizontalFlip). (default: not)",
    fits: { $0 ? onlyImages($2) : nil },
    phrase: { $0 ? "flipped" : nil }
  ).optional
  let crop: OptionalField<Int> = Field(
    "crop", as: .value, unset: "0",
    help: "Put so many pixels around each training image, and take a part of its size (RandomCrop). (default: 0)",
    valueName: "padding", check: notNegative,
    fits: { pixels, others, data in
      guard let size = data.imageSize else { return onlyImages(data) }
      let mode = others.paddingMode ?? .constant
      let most = mode == .symmetric ? min(size.height, size.width) : min(size.height, size.width) - 1
      return pixels > most ? "images of \(size) take \(most) at most" : nil
    },
    phrase: { $0 > 0 ? "cropped by \($0)" : nil }
  ).optional
  let paddingMode: OptionalField<ImagePadding> = Field(
    "padding-mode", as: .value, unset: ImagePadding.constant.rawValue,
    help: "What --crop puts around images: black, the nearest pixel, or their mirror image. (default: constant)",
    fits: { _, others, _ in others.crop == nil ? "it needs --crop, the pixels to put around images" : nil },
    phrase: { $0 == .constant ? nil : "\($0.rawValue) padding" }
  ).optional
  let cutout = Field<Int>(
    "cutout", as: .value, unset: "0",
    help: "Erase a square of that side at a random place in each training image. (default: 0)",
    valueName: "side", check: notNegative,
    fits: { side, _, data in
      guard let size = data.imageSize else { return onlyImages(data) }
      return side > min(size.height, size.width) ? "the images are only \(size)" : nil
    },
    phrase: { $0 > 0 ? "cutout \($0)" : nil }
  ).optional
  let standardize = Field<Bool>(
    "standardize", key: "standardizes", as: .flag, default: .value(false),
    help:
      """
      Scale inputs to mean 0 and deviation 1: MNIST's for gray images of 28×28 and IDX files, else those of each channel or \
      column over the training samples. (default: for tables)
      """)
  let seed = Field<UInt64>(
    "seed", as: .value, default: .value(0),
    help: "Seed of the first weights, the shuffling, dropout and augmentation. (default: 0)", phrase: { "seed \($0)" })
  let validationSplit = Field<Double>(
    "validation-split", as: .value, default: .value(0),
    help: "Share of the training images set aside to validate on, 0 to less than 1. (default: 0)", check: lessThanOne,
    fits: { split, _, data in
      let count = data.validation(split)
      if count == 0 && split > 0 { return "of \(data.images) images that is none" }
      return count == data.images ? "of \(data.images) images that leaves none to train on" : nil
    })
  let patience = Field<Int>(
    "patience", as: .value,
    help:
      """
      Stop after this many epochs without a better validation accuracy, or what the task has instead; needs \
      --validation-split.
      """,
    check: atLeastOne("epoch"),
    fits: { _, others, _ in
      others.validationSplit ?? 0 > 0 ? nil : "it needs --validation-split, the images to watch"
    }
  ).optional
  let precision = Field<Precision>(
    "precision", as: .value, default: .value(.highest), help: "\(precisionHelp) (default: highest)")
}

// What options are for, as reasons why they do not go with other data.

private func onlyTables(_ data: DataSize) -> String? {
  data.form == .table ? nil : "it names columns of a CSV file, and the data are none"
}

private func onlyPictures(_ data: DataSize) -> String? {
  data.form == .images(.imageFolders) ? nil : "it is for pictures in folders"
}

private func onlyImages(_ data: DataSize) -> String? {
  data.hasImages ? nil : "only images are augmented, and the samples are none"
}

private func onlyClasses(_ data: DataSize) -> String? {
  data.task == .classification ? nil : "it is for classes, and the task is \(data.task.rawValue)"
}

private func thereAreOnly(_ images: Int) -> String { "there are only \(images.grouped) images to train on" }

/// The reason why an option that only some optimizers or schedules have does not go with another one.
private func belongs<Name: RawRepresentable<String> & Equatable>(to owners: [Name], _ name: Name?) -> String? {
  guard let name, !owners.contains(name) else { return nil }
  return
    "\(name.rawValue) has none; \(owners.map(\.rawValue).joined(separator: " and ")) \(owners.count > 1 ? "do" : "does")"
}
