/// The sentences of errors, as regular expressions of the English ones; the first that fits the whole of a sentence is
/// taken. In the Japanese ones `$1` is a piece as it stands, and `@1` one that is translated in its turn.
let errorPhrases: [(english: String, japanese: String)] =
  systemPhrases + tablePhrases + filePhrases + picturePhrases + formatPhrases + pickleFilePhrases + weightPhrases
  + networkPhrases + lastPhrases

/// strerror(3), in the words of the C locale, in which commands run.
private let systemPhrases = [
  ("No such file or directory", "そのようなファイルやフォルダはありません"),
  ("Permission denied", "アクセス権がありません"),
  ("Operation not permitted", "許可されていない操作です"),
  ("Not a directory", "パスの途中にフォルダではないものがあります"),
  ("Is a directory", "フォルダです"),
  ("File exists", "同じ名前のファイルがあります"),
  ("No space left on device", "ディスクの空き容量がありません"),
  ("Disk quota exceeded", "ディスクの割り当てを使い切っています"),
  ("File too large", "ファイルが大きすぎます"),
  ("File name too long", "ファイル名が長すぎます"),
  ("Too many levels of symbolic links", "シンボリックリンクが多すぎます"),
  ("Too many open files", "開いているファイルが多すぎます"),
  ("Too many open files in system", "システム全体で開いているファイルが多すぎます"),
  ("Read-only file system", "読み取り専用のファイルシステムです"),
  ("Input/output error", "入出力エラーです"),
  ("Bad file descriptor", "出力先が閉じられています"),
  ("Broken pipe", "出力の受け手が終了しました"),
  ("Cannot allocate memory", "メモリが足りません"),
  ("Device or resource busy", "使用中です"),
  ("Text file busy", "実行中のプログラムです"),
  ("No such device or address", "そのようなデバイスはありません"),
  ("Invalid argument", "引数が不正です"),
  ("Resource temporarily unavailable", "一時的に使用できません"),
]

/// Reading and writing files, and fetching MNIST.
private let filePhrases = [
  ("cannot be written: (.+)", "書き込めません（@1）"),
  ("cannot be read: (.+)", "読み込めません（@1）"),
  ("cannot be removed: (.+)", "削除できません（@1）"),
  ("is a directory; name a file in it", "フォルダです。その中のファイルを指定してください"),
  ("is a directory", "ファイルではなくフォルダです"),
  ("no folder can be made there: (.+)", "フォルダを作成できません（@1）"),
  ("the system starts no more of them \\(ulimit -u\\)", "これ以上開始できません（ulimit -u を確認してください）"),
  ("its SHA-256 is (.+), not (.+)", "SHA-256が$1で、正しい$2と一致しません"),
  ("is none of the files that were fetched; remove it", "取得したファイルではありません。削除してください"),
  (
    "belongs to another user \\(uid (\\d+)\\), who may change what is read from it; name another cache with XDG_CACHE_HOME",
    "他のユーザ（uid $1）のもので、内容を書き換えられるおそれがあります。XDG_CACHE_HOMEで別のキャッシュを指定してください"
  ),
  (
    "may be written by other users \\(mode (\\d+)\\); take that from them with chmod go-w, or name another cache with "
      + "XDG_CACHE_HOME",
    "他のユーザが書き込めます（モード$1）。chmod go-wで禁止するか、XDG_CACHE_HOMEで別のキャッシュを指定してください"
  ),
  ("the server redirects to (.+), which is not HTTPS", "サーバがHTTPSではない$1に転送しようとしました"),
  ("MNIST cannot be fetched \\((.+)\\)", "MNISTを取得できません（@1）"),
  ("the server answers (\\d+)", "サーバの応答 $1"),
  ("the file is larger than (\\d+) bytes", "ファイルが$1バイトを超えています"),
  ("no answer within (.+) s", "$1秒以内に応答がありません"),
  ("no answer in time", "時間内に応答がありません"),
  ("host not found", "ホストが見つかりません"),
  ("no connection", "接続できません"),
  ("the connection broke off", "接続が切れました"),
  ("no network", "ネットワークに接続されていません"),
  ("the request failed \\(URL error (.+)\\)", "通信エラー（URLエラー $1）"),
  ("the request failed", "通信エラー"),
  ("(.+?): (.+); fetching MNIST again", "$1：@2。MNISTを取得し直します"),
]

/// IDX files, and what they hold.
private let formatPhrases = [
  ("is a file; name the folder that holds the IDX files", "ファイルです。IDXファイルのあるフォルダを指定してください"),
  ("holds several sets; continue the path with one of (.+)", "複数のデータセットがあります。パスの末尾に次のどれかを付けてください：$1"),
  ("holds no (.+) \\(\\.gz or plain\\)", "$1がありません（.gzで圧縮されていても構いません）"),
  (
    "no such folder; name one that holds train-images-idx3-ubyte and its companions",
    "そのようなフォルダはありません。train-images-idx3-ubyteなど4つのファイルがあるフォルダを指定してください"
  ),
  ("the gzip file ends early after (\\d+) bytes; fetch it again", "gzipファイルが$1バイトで途切れています。取得し直してください"),
  ("zlib cannot start; memory is short", "メモリが足りず、zlibを初期化できません"),
  (
    "(\\d+) bytes follow the end of the gzip data; fetch it again, or unpack it with gzip -d",
    "gzipデータの後に余分な$1バイトがあります。取得し直すか、gzip -dで展開してください"
  ),
  (
    "the gzip data ends early; the file is truncated, fetch it again",
    "gzipデータが途中で終わっています。ファイルが不完全なので、取得し直してください"
  ),
  ("the gzip data is corrupt \\((.+)\\); fetch it again", "gzipデータが壊れています（$1）。取得し直してください"),
  ("(\\d+) classes have names, but label (\\d+) is beyond them", "クラス名は$1個しかありませんが、ラベル$2があります"),
  (
    "is no mapping; its lines are \"label code\", the labels without a gap",
    "クラスの対応表ではありません。各行に「ラベル 文字コード」を、ラベルが連番になるように書いてください"
  ),
  ("(.+) is no name; it takes 1 to (\\d+) printable characters", "$1はクラス名にできません。表示できる1文字から$2文字までの名前にしてください"),
  ("(.+) occurs twice", "$1が2回現れています"),
  ("there are no names", "クラス名がありません"),
  ("the header claims (.+), the file holds more", "ヘッダによるとデータは@1のはずですが、実際はそれより多くあります"),
  ("the header claims (.+), the file holds (\\d+)", "ヘッダによるとデータは@1のはずですが、実際は$2バイトです"),
  ("([\\d×]+) bytes", "$1バイト"),
  ("([\\d×]+) numbers of (\\d) bytes", "$1個（1個$2バイト）"),
  (
    "([\\d×]+) numbers are no labels; it takes one for each image, or QMNIST's eight",
    "$1個の数値はラベルとして読めません。ラベルは画像1枚につき1個（QMNISTの形式では8個）です"
  ),
  ("label (-?\\d+) of image (\\d+); classes go from 0 to (\\d+)", "$2枚目の画像のラベルが$1です。使えるクラスは0から$3までです"),
  ("is (.+), no IDX file; (.+)", "@1です。IDXファイルではありません。@2"),
  ("git lfs pull fetches it", "git lfs pullで取得してください"),
  ("unpack it with (\\w+)", "$1で展開してください"),
  ("fetch it again", "取得し直してください"),
  (
    "(\\d+) bytes are no IDX file; it begins with four of magic",
    "$1バイトしかなく、IDXファイルではありません（先頭の4バイトがマジックナンバーです）"
  ),
  ("magic number 0x(\\w+), but (.+)", "マジックナンバーが0x$1です。@2"),
  ("bytes with 3 sizes need 0x00000803", "画像のファイルなら0x00000803です"),
  (
    "labels need 0x00000801 \\(bytes\\), 0x00000c01 or 0x00000c02 \\(32-bit integers\\)",
    "ラベルのファイルなら0x00000801（バイト）、0x00000c01か0x00000c02（32ビット整数）です"
  ),
  ("ends after (\\d+) of (\\d+) bytes; it was cut while it was read", "読み込み中に短くなり、$2バイトのうち$1バイトで終わっています"),
  ("the file ends inside its header, after (\\d+) bytes", "ヘッダの途中（$1バイト）でファイルが終わっています"),
  ("(\\d+) labels for the (\\d+) images of (.+)", "ラベルは$1個ですが、$3の画像は$2枚です"),
  ("it holds no images", "画像が1枚もありません"),
  ("its images have (.+) pixels", "画像の大きさが$1画素です"),
  ("training images are (.+), but test images (.+)", "訓練画像は$1画素ですが、テスト画像は$2画素です"),
  ("(\\d+) names for (\\d+) classes", "クラスは$2個ですが、クラス名は$1個です"),
  (
    "(.+): its images are stored transposed, as EMNIST's are, and were turned upright",
    "$1：画像がEMNISTと同じく転置されて保存されているため、正しい向きに直しました"
  ),
  (
    "no image of (.+) to train on, but (\\d+) to test: they count as wrong",
    "訓練データに$1の画像がありません。テストデータにある$2枚は不正解として数えます"
  ),
  ("a PyTorch file", "PyTorchのファイル"), ("a Python pickle", "Pythonのpickle"), ("a NumPy array", "NumPyの配列"),
  ("a NumPy archive", "NumPyのアーカイブ"), ("an HDF5 file", "HDF5ファイル"), ("a Keras model", "Kerasのモデル"),
  ("an ONNX model", "ONNXのモデル"), ("a TensorFlow Lite model", "TensorFlow Liteのモデル"),
  ("a GGUF model", "GGUFのモデル"), ("a Git LFS pointer", "Git LFSのポインタ"), ("a web page", "ウェブページ"),
  ("a JSON file", "JSONファイル"), ("a gzip file", "gzipファイル"), ("an xz file", "xzファイル"),
  ("a bzip2 file", "bzip2ファイル"), ("a Zstandard file", "Zstandardファイル"), ("a zip archive", "zipアーカイブ"),
]

/// Layers and kernels, where data or settings are the cause.
private let networkPhrases = [
  ("its derivative needs (.+)", "微分の計算に必要な引数がありません（$1）"),
  ("(.+) kernel exceeds its (.+) input; add padding ≥ (\\d+)", "入力$2がカーネル$1より小さくなっています。パディングを$3以上にしてください"),
  ("(.+) window exceeds its (.+) input; pool less before it", "入力$2がウィンドウ$1より小さくなっています。手前のプーリングを減らしてください"),
  ("\"(.*)\" is no instruction set; this machine runs (.+)", "「$1」という命令セットはありません。このマシンで使えるのは$2です"),
  ("this machine does not run (.+); it runs (.+)", "このマシンでは$1を使えません。使えるのは$2です"),
  (
    "\"(.*)\" is no number of threads; set it to 1 or more, or unset it",
    "「$1」はスレッド数ではありません。1以上にするか、設定を外してください"
  ),
  ("\"(.*)\" is neither (.+)", "「$1」は指定できません。@2にしてください"), ("(\\w+) nor (\\w+)", "$1か$2"),
  ("(\\w+)\\[(\\d+)\\] is (-?\\d+), not in 0 \\.\\.< (\\d+)", "$1[$2]は$3ですが、0以上$4未満でなければなりません"),
]

/// Such short ones that others would match them.
private let lastPhrases = [
  ("(\\S+) is missing", "$1がありません"),
  ("(\\S+) is ([\\d×]+), not ([\\d×]+)", "$1の形状は$3であるべきですが、$2です"),
  ("(\\S+) is unknown", "$1は余分です"),
  ("([\\w.-]+): (.+)", "$1：@2"),
]
