"""The one table of sentences about files and cells: code → (中文, English)."""
# ruff: noqa: E501 - a sentence on one line is found by searching for it

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    # --- the file as a whole -------------------------------------------------------------------------
    "file_missing": ("找不到文件 {name}。", "There is no file {name}."),
    "file_unreadable": ("文件 {name} 无法读取：{reason}。", "The file {name} cannot be read: {reason}."),
    "file_empty": ("文件是空的，没有可读的内容。", "The file is empty: there is nothing to read."),
    "no_rows": ("文件只有表头，没有数据行。", "The file has a header but no rows of data."),
    "file_too_large": (
        "文件太大：{size} MB，上限为 {limit} MB。请拆分后再试。",
        "The file is too large: {size} MB, at most {limit} MB. Split it and try again.",
    ),
    "expands_too_much": (
        "压缩文件展开后过大（可能是压缩炸弹），已停止读取。请解压后上传原始文件。",
        "The compressed file expands to an implausible size, so reading stopped. Unpack it and use the original.",
    ),
    "archive_damaged": (
        "压缩文件已损坏或不完整。请重新导出或重新下载。",
        "The compressed file is damaged or incomplete. Export or download it again.",
    ),
    "too_many_entries": (
        "工作簿内部文件过多（{count} 个，上限 {limit} 个），已拒绝读取。",
        "The workbook holds too many inner files ({count}, at most {limit}); it was refused.",
    ),
    "password_protected": (
        "文件有密码保护。请在表格软件中取消密码后另存，再重新选择。",
        "The file is protected by a password. Remove the password in your spreadsheet program and save it again.",
    ),
    "wrong_format": (
        "这不是可识别的表格（看起来是 {found}）。请另存为 .xlsx 或 .csv。",
        "This is not a table we can read (it looks like {found}). Save it as .xlsx or .csv.",
    ),
    "html_table": (
        "文件扩展名像 Excel，实际内容是网页（HTML）。请用 Excel 或 WPS 打开后另存为 .xlsx。",
        "The file is named like a workbook but holds a web page (HTML). Open it in Excel or WPS and save as .xlsx.",
    ),
    "xml_spreadsheet": (
        "文件是 XML 电子表格 2003 格式。请另存为 .xlsx。",
        "The file is an XML Spreadsheet 2003. Save it as .xlsx.",
    ),
    "not_a_table": (
        "文件内容是二进制数据，不是表格。请另存为 .xlsx 或 .csv。",
        "The file holds binary data, not a table. Save it as .xlsx or .csv.",
    ),
    "workbook_damaged": (
        "工作簿已损坏，无法打开：{reason}。请在 Excel 或 WPS 中打开并另存。",
        "The workbook is damaged and cannot be opened: {reason}. Open it in Excel or WPS and save it again.",
    ),
    "sheet_missing": (
        "工作簿中没有名为“{sheet}”的工作表。现有工作表：{sheets}。",
        "The workbook has no sheet named “{sheet}”. Its sheets are: {sheets}.",
    ),
    "sheet_empty": ("工作簿中没有含数据的可见工作表。", "The workbook has no visible sheet with data."),
    "unknown_encoding": (
        "无法判断文件编码（既不是 UTF-8、UTF-16，也不是 GB18030）。请手动指定编码，例如 big5 或 windows-1252。",
        "The text encoding cannot be told (not UTF-8, UTF-16 or GB18030). Name it by hand, for example big5 or windows-1252.",
    ),
    "wrong_encoding": (
        "文件不是 {encoding} 编码（第 {offset} 字节起无法解码）。请换一种编码。",
        "The file is not encoded as {encoding} (byte {offset} cannot be decoded). Choose another encoding.",
    ),
    "no_such_encoding": ("没有名为“{encoding}”的编码。", "There is no encoding named “{encoding}”."),
    "no_such_delimiter": (
        "分隔符必须是单个字符，收到的是“{delimiter}”。",
        "The delimiter must be one character, not “{delimiter}”.",
    ),
    "too_many_columns": (
        "列数过多：{count} 列，上限 {limit} 列。",
        "There are too many columns: {count}, at most {limit}.",
    ),
    "cell_too_long": (
        "第 {row} 行附近有单元格过长，可能是引号没有闭合。请检查该行的引号。",
        "A cell near row {row} is too long; a quotation mark is probably left open. Check the quotes there.",
    ),
    "no_header": (
        "文件没有表头。请在第一行写上列名，再重新选择。",
        "The file has no header. Put the column names in the first row and try again.",
    ),
    "encoding_guessed": (
        "编码按 {encoding} 猜测，请在预览中核对文字。",
        "The encoding {encoding} is a guess: check the words in the preview.",
    ),
    "duplicate_header": (
        "列名“{header}”出现了不止一次，后面的已改名为“{renamed}”。",
        "The column name “{header}” occurs more than once; a later one was renamed “{renamed}”.",
    ),
    "rows_above_header": (
        "表头在第 {row} 行，上面的标题行已跳过。",
        "The header is in row {row}; the title rows above it were skipped.",
    ),
    "two_row_header": ("两行表头已合并为一行。", "The two header rows were joined into one."),
    "header_synthesized": (
        "文件没有表头，列名按顺序编号。",
        "The file has no header; the columns were numbered.",
    ),
    "hidden_sheets": ("已忽略隐藏的工作表：{sheets}。", "Hidden sheets were ignored: {sheets}."),
    # --- one row -------------------------------------------------------------------------------------
    "extra_cells": (
        "该行有 {count} 个单元格，比表头的 {width} 列多。请检查是否有未加引号的分隔符。",
        "The row has {count} cells, more than the {width} columns. Look for an unquoted delimiter.",
    ),
    # --- one cell ------------------------------------------------------------------------------------
    "blank": ("不能为空。", "A value is needed."),
    "not_number": ("“{value}”不是数字。", "“{value}” is not a number."),
    "not_whole": ("“{value}”不是整数。", "“{value}” is not a whole number."),
    "number_too_large": ("数字 {value} 过大。", "The number {value} is too large."),
    "ambiguous_amount": (
        "“{value}”中的逗号或点可能是千分位，也可能是小数点，同列写法不一致。请统一后再导入。",
        "The comma or point in “{value}” may be a thousands or a decimal sign, and the column mixes both. Use one way.",
    ),
    "digits_lost": (
        "“{value}”是科学计数法，末尾数字已丢失。请在表格中把该列设为文本并重新填写完整号码。",
        "“{value}” is in scientific notation and has lost digits. Format the column as text and enter the full number again.",
    ),
    "not_date": (
        "“{value}”不是日期。请写成 2026-11-21 的样子。",
        "“{value}” is not a date. Write it like 2026-11-21.",
    ),
    "date_zero": (
        "“{value}”是空日期（全零），不能当作日期。",
        "“{value}” is a zero date, which is no date at all.",
    ),
    "date_impossible": ("没有“{value}”这一天。", "There is no such day as “{value}”."),
    "date_incomplete": (
        "“{value}”缺少日，不能确定是哪一天。",
        "“{value}” lacks the day, so no single date is meant.",
    ),
    "date_out_of_range": (
        "日期“{value}”不在 1900 至 2199 年之间。",
        "The date “{value}” is not between 1900 and 2199.",
    ),
    "ambiguous_date": (
        "“{value}”分不清哪个是日、哪个是月。请指定该列的日期顺序（日-月-年、月-日-年 或 年-月-日）。",
        "In “{value}” day and month cannot be told apart. Say in which order the column writes them (dmy, mdy or ymd).",
    ),
    "phone_invalid": ("“{value}”不是有效的电话号码。", "“{value}” is not a valid phone number."),
    "several_phones": (
        "单元格里有多个号码：{value}。请只保留一个，其余放到备注或联系人。",
        "The cell holds several numbers: {value}. Keep one and put the others in the note or on a contact.",
    ),
    "email_invalid": ("“{value}”不是有效的邮箱地址。", "“{value}” is not a valid e-mail address."),
    "several_emails": (
        "单元格里有多个邮箱：{value}。请只保留一个。",
        "The cell holds several e-mail addresses: {value}. Keep one.",
    ),
    "not_boolean": ("“{value}”不是“是”或“否”。", "“{value}” is neither yes nor no."),
    "not_gender": ("“{value}”不是“男”或“女”。", "“{value}” is neither male nor female."),
    "text_too_long": (
        "文字过长：{length} 个字符，上限 {limit} 个。",
        "The text is too long: {length} characters, at most {limit}.",
    ),
    # --- rules across columns ------------------------------------------------------------------------
    "column_missing": (
        "没有找到“{field}”这一列。请用 {option} 指明列名；文件中的列有：{headers}。",
        "No column for {field} was found. Name it with {option}; the columns of the file are: {headers}.",
    ),
    "column_unknown": (
        "文件中没有名为“{header}”的列。文件中的列有：{headers}。",
        "The file has no column named “{header}”. Its columns are: {headers}.",
    ),
}
