/// Folders of pictures.
let picturePhrases = [
  (
    "no such folder; name one that has a folder of pictures for each class",
    "そのようなフォルダはありません。クラスごとに画像のフォルダがあるフォルダを指定してください"
  ),
  (
    "is a file; name a folder that has a folder of pictures for each class",
    "ファイルです。クラスごとに画像のフォルダがあるフォルダを指定してください"
  ),
  (
    "holds pictures, but no classes; put those of a class into a folder of its name",
    "画像はありますが、クラスのフォルダがありません。画像をクラス名のフォルダに分けてください"
  ),
  (
    "holds no folders; it takes one for each class, with PNG or JPEG files",
    "フォルダがありません。クラスごとに、PNGかJPEGの画像を入れたフォルダが必要です"
  ),
  (
    "holds no PNG or JPEG files; put some of its class there, or remove it",
    "PNGやJPEGの画像がありません。そのクラスの画像を入れるか、フォルダを削除してください"
  ),
  (
    "lies more than (\\d+) folders deep; does a link lead back up\\?",
    "フォルダの階層が$1段を超えています。リンクが循環していないか確認してください"
  ),
  (
    "holds one picture; it takes one to train on and one to test with at least",
    "画像が1枚しかありません。訓練用とテスト用に少なくとも1枚ずつ必要です"
  ),
  (
    "none of the pictures of (.+) can be read; mend them, or remove the class",
    "$1の画像を1枚も読み込めません。画像を直すか、クラスごと削除してください"
  ),
  ("none of the training pictures can be read; mend them", "訓練画像を1枚も読み込めません。画像を直してください"),
  ("none of the test pictures can be read; mend them", "テスト画像を1枚も読み込めません。画像を直してください"),
  ("images of (.+) exceed (.+)", "画像の大きさ$1が上限の$2を超えています"),
  ("cannot be read back; remove it, or give the cache another folder", "読み戻せません。削除するか、キャッシュのフォルダを変えてください"),
  ("(.+); no picture can be read", "@1。読み込める画像が1枚もありません"),
  (
    "(.+); (\\d+) of (\\d+) pictures cannot be read; mend it, or skip unreadable ones",
    "@1。$3枚のうち$2枚の画像を読み込めません。画像を直すか、読み込めない画像を飛ばす設定にしてください"
  ),
  ("(.+); mend it, or skip unreadable ones", "@1。画像を直すか、読み込めない画像を飛ばす設定にしてください"),
  ("libpng cannot read it: (.+)", "libpngで読み込めません（$1）"),
  ("libjpeg cannot read it: (.+)", "libjpegで読み込めません（$1）"),
  ("is neither a PNG nor a JPEG file; convert it to PNG or JPEG", "PNGでもJPEGでもありません。PNGかJPEGに変換してください"),
  ("is an? (.+) picture; convert it to PNG or JPEG", "$1の画像です。PNGかJPEGに変換してください"),
  ("is a PDF document; convert it to PNG or JPEG", "PDFの文書です。PNGかJPEGに変換してください"),
  ("has the colours of print \\(CMYK\\); convert it to RGB", "印刷用の色（CMYK）です。RGBに変換してください"),
  (
    "its (\\d+) bytes cannot hold the (\\d+×\\d+) pixels that it announces; take another copy",
    "$1バイトしかなく、ヘッダにある$2画素が入るはずがありません。別のコピーを使ってください"
  ),
  (
    "its (\\d+×\\d+) pixels exceed (\\d+×\\d+); make it smaller",
    "大きさ$1画素が上限の$2画素を超えています。縮小してください"
  ),
  (
    "training images have (\\d+) channels, but test images (\\d+)",
    "訓練画像は$1チャンネルですが、テスト画像は$2チャンネルです"
  ),
]
