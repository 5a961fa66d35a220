extension ReproducibleTraining {
  /// What the training ends with, for good. Where a kernel's order of operations is changed on purpose, these change, too, and
  /// with them the table of the article The Same Bits.
  var golden: String? { Self.goldenDigests[network.rawValue]?[optimizer.rawValue] }

  private static let goldenDigests: [String: [String: String]] = [
    "simple": [
      "sgd": "0e8d466383832491", "momentum": "5ccc064e46841a0c", "nesterov": "241b4797a449dd96",
      "adagrad": "10649a195545e9ae", "rmsprop": "f064c8a0784ba076", "adam": "b5003befeb1ef5ba",
      "adamw": "1eecd670c8009f4a", "muon": "96f79dcee5336a72",
    ],
    "deep": [
      "sgd": "a25ca71fe2df8da2", "momentum": "4cb61c73c0b9124c", "nesterov": "5d29c97e98eaf093",
      "adagrad": "7bb36127c2fc3ca7", "rmsprop": "0796652df16feaf8", "adam": "6e09230317f871eb",
      "adamw": "6f62b09f811403a9", "muon": "593d641c3bd19157",
    ],
    "sprint": [
      "sgd": "1b9d623f15dd39f5", "momentum": "139cebef86097e04", "nesterov": "770b5e735afa6f61",
      "adagrad": "936149e6be0ee864", "rmsprop": "292aa6210a677e91", "adam": "2c6d23ad45818f89",
      "adamw": "c0bd17032b7093d9", "muon": "47b26310cf59ebaa",
    ],
    "mlp": [
      "sgd": "1e00b5df8bc87c52", "momentum": "739be44a559a01b0", "nesterov": "6fa42b0916094370",
      "adagrad": "40ef59e1b579d5fa", "rmsprop": "5f8c26fd9081c252", "adam": "0a924533a92eb528",
      "adamw": "f0a4d1c52844eb70", "muon": "285646b91f0fbfe8",
    ],
    "softmax": [
      "sgd": "65d4a3a60fa15b27", "momentum": "f818722ac9bb4c45", "nesterov": "b1f5da1337f56496",
      "adagrad": "39c8e9a4e0cd2cc8", "rmsprop": "c18f0ab4014410d5", "adam": "655cb70ae009b8ed",
      "adamw": "afdbbaf92834fa4b", "muon": "6894d637a917f12b",
    ],
    "lenet": [
      "sgd": "31b73cdcd8c57bc7", "momentum": "cc3d7c299ca3a136", "nesterov": "e8654d28148dceb0",
      "adagrad": "b6c901a681bf99c8", "rmsprop": "ca9eec936fb02b94", "adam": "41d832631075a73e",
      "adamw": "719362ffae384cd7", "muon": "984ec4ef31b681c8",
    ],
    "resnet": [
      "sgd": "ca4b9f93dc8acf51", "momentum": "0f33362c07398b4f", "nesterov": "f489b57a09fa4652",
      "adagrad": "137c54bca0060bd8", "rmsprop": "367e7af1be4ba4d4", "adam": "191590c0153e0710",
      "adamw": "1041bd68d6a054f6", "muon": "c7687fbde31ed3c2",
    ],
    "vgg": [
      "sgd": "4cd3940b47fc02a2", "momentum": "289ff017cf11f665", "nesterov": "91162ff54e2557df",
      "adagrad": "102282cc19e8ff3a", "rmsprop": "4341ddc1cf6627cc", "adam": "b876d16bb5208d00",
      "adamw": "9a152c8492875b44", "muon": "7b99a1bd47b854ca",
    ],
  ]
}
