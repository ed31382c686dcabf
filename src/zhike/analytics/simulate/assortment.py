"""What the company sells: eight categories, their subcategories, the kinds of things in them."""

from __future__ import annotations

# category → (English name, {subcategory: (English name, lowest price, highest price, unit, things)})
Sub = tuple[str, float, float, str, tuple[str, ...]]
CATEGORIES: dict[str, tuple[str, dict[str, Sub]]] = {
    "办公用品": ("Office supplies", {
        "纸张本册": ("Paper and notebooks", 6, 160, "件", ("A4复印纸", "A3复印纸", "软面抄", "便利贴")),
        "书写工具": ("Writing tools", 5, 60, "盒", ("中性笔", "白板笔", "荧光笔", "铅笔", "记号笔")),
        "文件管理": ("Filing", 4, 80, "个", ("文件夹", "档案盒", "拉杆夹", "长尾夹", "资料册")),
    }),
    "办公设备": ("Office equipment", {
        "打印耗材": ("Printing supplies", 60, 520, "支", ("硒鼓", "墨盒", "粉盒", "碳带", "标签纸")),
        "打印设备": ("Printers", 480, 3200, "台", ("激光打印机", "标签打印机", "扫描仪", "碎纸机")),
        "会议设备": ("Meeting equipment", 120, 2600, "台", ("投影仪", "白板", "会议音箱", "电子白板笔")),
    }),
    "劳保用品": ("Safety wear", {
        "手部防护": ("Gloves", 2, 45, "双", ("棉纱手套", "丁腈手套", "防割手套", "电焊手套")),
        "头面防护": ("Head and face", 8, 120, "个", ("安全帽", "防护眼镜", "防尘口罩", "耳塞")),
        "工装鞋服": ("Work clothes", 39, 260, "件", ("夏季工作服", "冬季工作服", "劳保鞋", "反光背心")),
    }),
    "清洁日化": ("Cleaning", {
        "清洁用具": ("Cleaning tools", 6, 150, "件", ("平板拖把", "扫把套装", "垃圾桶", "抹布")),
        "洗涤用品": ("Detergents", 8, 120, "瓶", ("洗手液", "洗洁精", "地面清洁剂", "消毒液")),
        "生活用纸": ("Tissue", 12, 90, "箱", ("抽纸", "卷纸", "擦手纸", "湿巾")),
    }),
    "五金工具": ("Hardware and tools", {
        "手动工具": ("Hand tools", 9, 180, "把", ("活动扳手", "螺丝刀套装", "钢卷尺", "老虎钳")),
        "电动工具": ("Power tools", 129, 980, "台", ("手电钻", "角磨机", "电锤", "热风枪")),
        "紧固耗材": ("Fasteners", 3, 70, "盒", ("膨胀螺丝", "自攻钉", "切割片", "扎带", "钻头套装")),
    }),
    "包装材料": ("Packaging", {
        "纸箱纸品": ("Cartons", 2, 60, "捆", ("五层纸箱", "飞机盒", "牛皮纸袋", "蜂窝纸板")),
        "胶带薄膜": ("Tapes and films", 3, 110, "卷", ("封箱胶带", "缠绕膜", "气泡膜", "双面胶")),
        "打包工具": ("Packing tools", 15, 880, "件", ("打包带", "打包机", "胶带切割器", "打包扣")),
    }),
    "食品饮料": ("Food and drinks", {
        "茶水咖啡": ("Tea and coffee", 15, 260, "盒", ("绿茶", "红茶", "速溶咖啡", "挂耳咖啡")),
        "休闲食品": ("Snacks", 9, 120, "袋", ("坚果礼包", "饼干", "牛肉干", "蜜饯")),
        "节日礼盒": ("Gift boxes", 88, 680, "盒", ("粽子礼盒", "月饼礼盒", "年货礼盒", "茶叶礼盒")),
    }),
    "数码配件": ("Digital accessories", {
        "电脑外设": ("Computer peripherals", 19, 420, "个", ("无线鼠标", "机械键盘", "显示器支架", "扩展坞")),
        "线材存储": ("Cables and storage", 9, 480, "个", ("数据线", "网线", "U盘", "移动硬盘", "插线板")),
        "影音配件": ("Audio and video", 29, 560, "个", ("耳机", "摄像头", "麦克风", "蓝牙音箱")),
    }),
}  # fmt: skip
BRANDS = ("晨途", "齐木", "恒砚", "拓邦尼", "洁蓓", "固力帮", "包得牢", "茗里", "数途", "优乐成")
GRADES = ("标准型", "经济型", "专业型", "升级款", "大包装")

# How much each kind of buyer draws from the eight categories, in the order above.
ARCHETYPES: dict[str, tuple[float, ...]] = {
    "office": (30, 14, 1, 12, 2, 3, 20, 18),
    "factory": (6, 3, 34, 10, 27, 15, 4, 1),
    "catering": (4, 2, 6, 34, 3, 17, 32, 2),
    "trade": (8, 4, 3, 10, 6, 32, 22, 15),
    "public": (34, 18, 4, 20, 3, 2, 14, 5),
    "construction": (4, 2, 32, 6, 45, 7, 3, 1),
    "household": (8, 0.5, 1, 24, 5, 1, 34, 26.5),
    "home_office": (24, 3, 0.5, 10, 4, 2, 18, 38.5),
}
