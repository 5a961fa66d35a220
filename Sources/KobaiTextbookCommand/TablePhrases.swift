/// Tables, arrays, archives, and what else data comes in (see `errorPhrases`).
let tablePhrases =
  placePhrases + fieldPhrases + columnPhrases + arrayPhrases + archivePhrases + dataKindPhrases
  + trainingDataPhrases

/// Where something is.
private let placePhrases = [
  ("is no regular file; copy it into one", "通常のファイルではありません。通常のファイルにコピーしてください"),
  ("was changed while it was read; read it again", "読み込み中に変更されました。もう一度読み込んでください"),
  (
    "line (\\d+), column (\\d+): the line has one field, but the first one (\\d+)",
    "$1行目、$2列目：この行の項目は1個ですが、先頭の行は$3個です"
  ),
  (
    "line (\\d+), column (\\d+): the line has (more than )?(\\d+) fields, but the first one (\\d+)",
    "$1行目、$2列目：この行の項目の数は$4個（またはそれ以上）ですが、先頭の行は$5個です"
  ),
  (
    "line (\\d+), column (\\d+): the line has (.+), but the first one (\\d+)", "$1行目、$2列目：この行の項目の数（$3）が、先頭の行（$4個）と異なります"
  ),
  ("line (\\d+), column (\\d+) \\((.+)\\): (.+)", "$1行目、$2列目（$3）：@4"),
  ("line (\\d+), column (\\d+): (.+)", "$1行目、$2列目：@3"),
  ("index (-?\\d+) is not in 0 \\.\\.< (\\d+)", "$1番のサンプルはありません（番号は0以上$2未満です）"),
  ("line 1 has more than (\\d+) columns", "1行目の列が$1個を超えています"),
]

/// What is wrong with a field.
private let fieldPhrases = [
  ("is empty; fill it in, or leave out the line or the column", "空です。値を入れるか、その行または列を除いてください"),
  (
    "(.+) is no value; fill it in, or leave out the line or the column",
    "$1は値ではありません。値を入れるか、その行または列を除いてください"
  ),
  ("(.+) is no number; correct it, or take the column as categories", "$1は数値ではありません。修正するか、その列をカテゴリーとして指定してください"),
  ("(.+) is beyond the largest Float, 3.4e38; scale the column", "$1はFloatの最大値3.4e38を超えています。列の値を定数で割ってください"),
  ("(.+) is neither 0 nor 1, as a label is", "$1は0でも1でもありません。ラベルの値は0か1です"),
  ("the weight (.+) is negative", "重み$1が負です"),
  (
    "(.+) is none of the (\\w+) that were learned: (.+)",
    "$1は学習時になかった値です（学習時の値：$3）"
  ),
  (
    "(.+) is one category more than (\\d+); ignore the column, or write numbers",
    "$1でカテゴリーが$2個を超えます。この列を除くか、数値にしてください"
  ),
  (
    "(.+) is one class more than (\\d+); for numbers, take the column as a value",
    "$1でクラスが$2個を超えます。数値を予測する場合は、この列を値として指定してください"
  ),
  (
    "(.+) is no byte of an image, 0 to 255; read it as a table of numbers",
    "$1は画素の値（0から255の整数）ではありません。数値の表として読み込んでください"
  ),
  ("(.+) is no class of an image; classes go from 0 to 255", "$1は画像のクラスとして使えません。使えるクラスは0から255までです"),
  (
    "a quote stands in a field without quotes; quote the whole field, and double the quotes in it",
    "引用符で囲まれていない項目に引用符があります。項目全体を引用符で囲み、中の引用符を2つ重ねてください"
  ),
  ("the quote that begins here never ends", "ここから始まる引用符が閉じられていません"),
  ("text follows the quote that ends the field; double the quotes in it", "項目を閉じる引用符の後に文字があります。中の引用符は2つ重ねてください"),
  (
    "is no UTF-8; save the file as UTF-8, or convert it with iconv -t UTF-8",
    "UTF-8ではありません。UTF-8で保存するか、iconv -t UTF-8で変換してください"
  ),
]

/// What is wrong with the columns, or with a table as a whole.
private let columnPhrases = [
  ("is empty; a table has at least one line", "空です。表には1行以上必要です"),
  ("has a line with the names of columns, but none below it", "列名の行しかありません"),
  ("is UTF-16; convert it with iconv -f UTF-16 -t UTF-8", "UTF-16です。iconv -f UTF-16 -t UTF-8で変換してください"),
  ("is (.+), no CSV file; (.+)", "@1です。CSVファイルではありません。@2"),
  ("is no text: byte (\\d+) is 0; write the table as CSV", "テキストではありません（$1バイト目が0です）。表をCSVで保存してください"),
  ("write the table as CSV", "表をCSVで保存してください"),
  ("(.+) separates no fields; a comma, a semicolon, a tab or a bar does", "$1は区切り文字として使えません。使えるのはコンマ、セミコロン、タブ、縦棒です"),
  ("has no column number (-?\\d+); it has (\\d+), from 0 on", "$1番の列はありません。列は$2個で、0番から始まります"),
  ("has no column (.+); it has (.+)", "$1という列はありません。あるのは$2です"),
  ("has several columns (.+); name one by its number, from 0 on", "$1という列が複数あります。番号（0から）で指定してください"),
  ("has several columns (.+); ignore them, or rename them", "$1という列が複数あります。除くか、名前を変えてください"),
  ("column (.+) is given two uses; give it one", "列$1に2つの役割が指定されています。1つにしてください"),
  (
    "column number (\\d+) has no name, as numbers of rows have; ignore it, or name it",
    "$1番の列には名前がありません（行番号の列と思われます）。除くか、名前を付けてください"
  ),
  ("has no column that is an input; name one", "入力になる列がありません。1つ以上指定してください"),
  ("has more than (\\d+) rows; cut it into several files", "行が$1個を超えています。複数のファイルに分けてください"),
  ("its rows become (\\d+) inputs, more than (\\d+); ignore columns", "1行が$1個の入力になり、上限の$2個を超えます。列を除いてください"),
  (
    "has (\\d+) columns beside the label, which make no square; read it as a table of numbers",
    "ラベル以外の列が$1個で、正方形の画像になりません。数値の表として読み込んでください"
  ),
]

/// NumPy's arrays.
private let arrayPhrases = [
  ("is (.+), no NumPy array; save it with numpy.save", "@1です。NumPyの配列ではありません。numpy.saveで保存してください"),
  (
    "is no NumPy array: it does not begin with its magic bytes; save it with numpy.save",
    "NumPyの配列ではありません（先頭がマジックナンバーではありません）。numpy.saveで保存してください"
  ),
  ("the array's header ends after (\\d+) bytes", "配列のヘッダが$1バイトで途切れています"),
  ("is of version (\\d+) of NumPy's format; versions 1 to 3 are read", "NumPy形式のバージョン$1です。読み込めるのは1から3までです"),
  (
    "the array's header claims (\\d+) bytes, more than (\\d+) are not read",
    "配列のヘッダが$1バイトで、上限の$2バイトを超えています"
  ),
  (
    "the array's header does not say descr, fortran_order and shape as NumPy does",
    "配列のヘッダに、NumPyの形式のdescr、fortran_order、shapeがありません"
  ),
  ("its elements are of type (.+); (.+)", "要素の型が$1です。@2"),
  ("bool, integers, and floats of 16, 32 and 64 bits are read", "読み込めるのはbool、整数、16・32・64ビットの浮動小数点数です"),
  ("the header claims ([\\d×…]+) numbers, more than a file holds", "ヘッダによると$1個で、ファイルに入りきりません"),
  ("the header claims (.+), the file holds (-?\\d+) bytes", "ヘッダによるとデータは@1のはずですが、実際は$2バイトです"),
  ("sample (\\d+) has class (\\S+); (.+)", "$1番目のサンプルのクラスが$2です。@3"),
  ("classes are whole numbers from 0 on", "クラスは0以上の整数です"),
  ("classes are whole numbers from 0 to (\\d+)", "クラスは0から$1までの整数です"),
  ("its shape is \\((\\S+)\\); the first axis counts samples", "形状が($1)です。先頭の軸がサンプルの数になります"),
  ("(\\d+) samples; more than (\\d+) have no index", "サンプルが$1個で、上限の$2個を超えています"),
  ("(\\d+) (\\w+) for the (\\d+) samples of (.+)", "$4のサンプルは$3個ですが、対応する値は$1個です"),
  ("number (\\d+) of sample (\\d+)", "$2番目のサンプルの$1番目の数"),
  ("(.+) is (\\S+); it takes finite numbers", "@1が$2です。有限の数にしてください"),
  ("sample (\\d+)", "$1番目のサンプル"),
  (
    "holds (\\w+) of shape \\((\\S+)\\); images are bytes \\(uint8\\) of N×height×width, perhaps with 1 or 3 channels",
    "型が$1、形状が($2)です。画像は、N×高さ×幅（チャンネルは1か3）のuint8の配列にしてください"
  ),
  ("its shape is \\((\\S+)\\) for the (\\d+) images of (.+)", "形状が($1)で、$3の画像$2枚に対応していません"),
  ("label (\\S+) of image (\\d+); classes go from 0 to (\\d+)", "$2枚目の画像のラベルが$1です。使えるクラスは0から$3までです"),
]

/// Archives of arrays.
private let archivePhrases = [
  ("has no array (.+), but (.+); save (.+) with numpy.savez", "配列$1がありません（あるのは$2）。numpy.savezで$3を保存してください"),
  ("has no array (.+); it has (.+)", "配列$1がありません。あるのは$2です"),
  (
    "is a zip archive without NumPy arrays; save them with numpy.savez",
    "zipアーカイブの中にNumPyの配列がありません。numpy.savezで保存してください"
  ),
  ("the archive claims (\\d+) members; more than (\\d+) are not read", "アーカイブの要素が$1個あり、上限の$2個を超えています"),
  ("the archive's directory is damaged at byte (\\d+); take another copy", "アーカイブの目録が$1バイト目で壊れています。別のコピーを使ってください"),
  (
    "the archive has no directory at its end; the file is truncated, take another copy",
    "アーカイブの末尾に目録がありません。ファイルが途中で切れているので、別のコピーを使ってください"
  ),
  (
    "its member (.+) is (.+); save it with numpy.savez or numpy.savez_compressed",
    "要素$1は@2。numpy.savezかnumpy.savez_compressedで保存してください"
  ),
  ("encrypted", "暗号化されています"),
  ("packed by method (\\d+)", "方式$1で圧縮されています"),
  ("its member (.+) does not begin where the archive says; take another copy", "要素$1の位置が目録と一致しません。別のコピーを使ってください"),
  ("its member (.+) goes beyond the end of the file; take another copy", "要素$1がファイルの末尾を越えています。別のコピーを使ってください"),
  (
    "its member (.+) claims (\\d+) bytes out of (\\d+); take another copy",
    "要素$1は$3バイトを展開すると$2バイトになるとされていますが、ありえません。別のコピーを使ってください"
  ),
  ("its member (.+) does not have its checksum; take another copy", "要素$1のチェックサムが一致しません。別のコピーを使ってください"),
  ("its member (.+) cannot be inflated; take another copy", "要素$1を展開できません。別のコピーを使ってください"),
]

/// What lies at a path that was to hold data.
private let dataKindPhrases = [
  ("holds several tables; name one of (.+)", "表のファイルが複数あります。次のどれかを指定してください：$1"),
  ("holds NumPy's files; name one, such as (.+)", "NumPyのファイルがあります。$1のように1つ指定してください"),
  (
    "holds CIFAR as Python pickles; take its binary version, cifar-10-binary.tar.gz",
    "CIFARのPython版（pickle）です。バイナリ版（cifar-10-binary.tar.gz）を使ってください"
  ),
  (
    "holds pictures, but no classes; put those of a class into a folder of its name",
    "画像はありますが、クラスがわかりません。クラス名のフォルダを作り、その中に画像を入れてください"
  ),
  ("holds no data that is known; (.+)", "読み込めるデータがありません。@1"),
  ("is no data that is known; (.+)", "読み込めるデータではありません。@1"),
  ("is (.+), which is no data to train on; (.+)", "@1です。訓練データとしては読み込めません。@2"),
  (
    "it takes IDX files, CIFAR in binary, a folder of pictures for each class, CSV, \\.npz or \\.npy",
    "読み込めるのは、IDXファイル、CIFARのバイナリ版、クラスごとの画像フォルダ、CSV、.npz、.npyです"
  ),
  ("is empty", "空です"),
  ("a Parquet file", "Parquetファイル"), ("one picture", "1枚の画像"), ("a tar archive", "tarアーカイブ"),
  ("a spreadsheet", "表計算のファイル"),
  (
    "write it as CSV with pandas: read_parquet, to_csv\\(index=False\\)",
    "pandasのread_parquetとto_csv(index=False)でCSVにしてください"
  ),
  ("name a folder that has a folder of pictures for each class", "クラスごとの画像フォルダを入れたフォルダを指定してください"),
  ("unpack it with tar -xf", "tar -xfで展開してください"),
  ("save its arrays with numpy.savez", "配列をnumpy.savezで保存してください"),
  ("write the sheet as CSV", "シートをCSVで保存してください"),
  (
    "(\\d+) bytes are no records of (\\d+), as (.+)'s are; take another copy",
    "$1バイトは、$3の1件$2バイトの倍数ではありません。別のコピーを使ってください"
  ),
  ("holds no (\\S+) of (\\S+); unpack the archive again", "$2の$1がありません。アーカイブを展開し直してください"),
  (
    "holds no CIFAR in its binary version: neither data_batch_1\\.bin, nor train\\.bin and test\\.bin",
    "CIFARのバイナリ版がありません（data_batch_1.bin、またはtrain.binとtest.binが必要です）"
  ),
]

/// What data lack to be trained on.
private let trainingDataPhrases = [
  (
    "is one array without targets; save both with numpy\\.savez\\(…, x_train=…, y_train=…\\), or train to reconstruct it",
    "目標値のない1つの配列です。numpy.savez(…, x_train=…, y_train=…)で両方を保存するか、入力の再構成を学習させてください"
  ),
  (
    "holds images with a class each; they are no (\\w+); take them as classes, or as targets of themselves",
    "クラス付きの画像で、$1としては使えません。クラス分類か、画像自身の再構成に使ってください"
  ),
  (
    "holds one sample; it takes one to train on and one to test with at least",
    "サンプルが1個しかありません。訓練用とテスト用に、少なくとも1個ずつ必要です"
  ),
  (
    "has no sample to spare: each is the only one of a class or category; name a folder with a file to train on and one to test with",
    "どのサンプルもクラスまたはカテゴリーに1個しかないため、テスト用に分けられません。訓練用とテスト用のファイルを入れたフォルダを指定してください"
  ),
  (
    "(\\d+) columns are no class; name one column, or take them as labels or numbers",
    "$1個の列からはクラスを決められません。列を1つ指定するか、ラベルまたは数値として指定してください"
  ),
  (
    "column (.+) holds texts, and is one of several targets; name it alone for its classes",
    "列$1は文字列なので、ほかの列と一緒には目標にできません。クラスとして使うには、この列だけを指定してください"
  ),
  (
    "has inputs (.+), but no targets; save them beside, or train to reconstruct the inputs",
    "入力$1に対応する目標値がありません。一緒に保存するか、入力の再構成を学習させてください"
  ),
  (
    "the samples to test with have another shape or type than those to train on; save them alike",
    "テスト用のサンプルの形または型が、訓練用のものと異なります。同じ形で保存してください"
  ),
  (
    "the targets of (.+) are neither classes nor labels, which alone have names",
    "$1の目標はクラスでもラベルでもありません。名前を付けられるのはそれらだけです"
  ),
]
