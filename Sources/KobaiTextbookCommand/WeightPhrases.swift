/// Files of weights: the book's pickles, and files that are none (see `errorPhrases`).
let pickleFilePhrases = [
  ("is no pickle of the book's weights: (.+); (save its arrays .+)", "書籍の重みのpickleではありません（@1）。@2"),
  ("it has (\\d+) bytes, more than 1 GiB", "$1バイトあり、上限の1 GiBを超えています"),
  ("its array (.+) is none of W1, b1, W2, b2, … that belong together", "配列$1は、組になったW1、b1、W2、b2、…のどれでもありません"),
  ("it has no arrays", "配列がありません"),
  ("it has W(\\d+), but no b(\\d+)", "W$1はありますが、b$2がありません"),
  ("W(\\d+) is (.+), neither filters nor a matrix", "W$1の形状$2は、フィルターのものでも行列のものでもありません"),
  ("b(\\d+) is (.+), and W(\\d+) has (\\d+) outputs", "b$1の形状は$2ですが、W$3の出力は$4個です"),
  ("it does not begin with PROTO", "PROTOで始まっていません"),
  ("it ends at byte (\\d+) without STOP", "STOPがないまま、$1バイト目で終わっています"),
  ("byte (\\d+) is 0x(\\w+), which is no opcode", "$1バイト目の0x$2は、pickleの命令ではありません"),
  ("(\\d+) bytes follow its STOP", "STOPの後に余分な$1バイトがあります"),
  ("it is no dictionary of arrays", "配列の辞書ではありません"),
  (
    "its arrays share their bytes: they claim (\\d+), and the file has (\\d+)",
    "配列どうしがデータを共有しています（合計$1バイト、ファイルは$2バイト）"
  ),
  ("it ends at byte (\\d+) within opcode (\\w+)", "命令$2の途中、$1バイト目で終わっています"),
  ("its opcode (\\w+) at byte (\\d+) (.+)", "$2バイト目の命令$1：@3"),
  ("asks for protocol (\\d+), not 2 to 4", "プロトコル$1には対応していません（対応しているのは2から4）"),
  (
    "keeps more than (\\d+) values on the stack or (\\d+) in the memo",
    "スタックかメモに置ける値の数（$1個、$2個）を超えています"
  ),
  ("announces (\\d+) bytes, more than follow", "$1バイトを読もうとしますが、残りが足りません"),
  ("needs two names", "名前が2つ必要です"),
  ("makes no array of what lies on the stack", "スタックにある値から配列を作れません"),
  ("decodes more bytes than the file has", "展開したデータがファイルの大きさを超えています"),
  ("fills no array or type with what lies on the stack", "スタックにある値では、配列や型を完成できません"),
  ("has no place in a dictionary of arrays", "配列の辞書には使われない命令です"),
  ("holds no UTF-8", "文字列がUTF-8ではありません"),
  ("finds the stack empty", "スタックが空です"),
  ("finds too little on the stack", "スタックの値が足りません"),
  ("finds no MARK", "MARKがありません"),
  ("nests more than (\\d+) tuples", "タプルの入れ子が$1段を超えています"),
  ("recalls (\\d+), which was not kept", "保存されていない$1番の値を参照しています"),
  ("finds no dictionary to fill", "値を入れる辞書がありません"),
  ("puts something else than arrays by name into a dictionary", "名前の付いた配列以外のものを辞書に入れようとしています"),
  ("makes more than (\\d+) arrays", "配列が$1個を超えています"),
  ("asks for (.+), and only numpy's arrays are taken", "$1を呼び出そうとしています。受け付けるのはNumPyの配列だけです"),
]

/// What stands in the place of the weights, and how to convert it.
let weightPhrases = [
  ("is no safetensors file: (.+)", "safetensorsファイルではありません（@1）"),
  ("(\\d+) bytes are too few", "$1バイトしかありません"),
  ("its header claims (\\d+) bytes, more than 100 MB", "ヘッダの大きさが$1バイトで、100 MBを超えています"),
  (
    "its header claims (\\d+) bytes, but the file ends after (\\d+)",
    "ヘッダの大きさは$1バイトですが、ファイルは$2バイトで終わっています"
  ),
  ("is (.+), not safetensors; (.+)", "@1です。safetensorsではありません。@2"),
  ("convert it with (.+)", "次のコマンドで変換してください：$1"),
  (
    "save its arrays with safetensors\\.numpy\\.save_file where it was made",
    "作成した環境で、配列をsafetensors.numpy.save_fileで保存し直してください"
  ),
  ("save all arrays by name with safetensors\\.numpy\\.save_file", "すべての配列を名前付きで、safetensors.numpy.save_fileで保存してください"),
  (
    "save its weights with safetensors\\.numpy\\.save_file, in PyTorch's shapes: kernels of convolutions as (.+), "
      + "those of dense layers as (.+)",
    "重みをPyTorchの形状にして（畳み込みは$1、全結合は$2）、safetensors.numpy.save_fileで保存してください"
  ),
  (
    "save the weights that it was made from with safetensors\\.torch\\.save_file",
    "変換元の重みをsafetensors.torch.save_fileで保存してください"
  ),
  ("git lfs pull fetches the weights themselves, (\\d+) bytes", "git lfs pullで重み本体（$1バイト）を取得してください"),
  ("git lfs pull fetches the weights themselves", "git lfs pullで重み本体を取得してください"),
  ("fetch the file itself, not the page about it", "説明のページではなく、ファイルそのものを取得してください"),
  ("name the \\.safetensors file that belongs to it", "対応する.safetensorsファイルを指定してください"),
  (
    "is damaged: its contents do not have the SHA-256 in its metadata \\((.+)\\); take another copy",
    "壊れています。内容のSHA-256がメタデータ（$1）と一致しません。別のコピーを使ってください"
  ),
  ("its header is not the JSON of one \\((.+)\\)", "ヘッダがsafetensorsのJSONではありません（$1）"),
  ("(\\S+) holds (\\S+), not F32, F16, BF16 or F64", "$1のデータ型は$2です。F32、F16、BF16、F64のどれかが必要です"),
  ("no tensor's name begins with \"(.+)\"; they are (.+), …", "「$1」で始まるテンソルはありません（$2、…）"),
  ("without \"(.+)\", two tensors are called (.+)", "「$1」を除くと、$2という名前が重複します"),
  ("has no tensor (.+)", "テンソル$1がありません"),
  ("does not fit the network: (.+)", "ネットワークに合いません（@1）"),
]
