"""Deterministic synthetic findings of a 创建文明城市 campaign, as neutral CSV files that any system can import.

    .venv/bin/python bench/neutral.py OUT_DIR [--findings 100000] [--units 300] [--sites 2000]
                                [--seed 20260630] [--anchor 2026-06-30] [--years N]

Writes units, users, sites, findings and finding_logs (.csv, UTF-8,
header line, empty = NULL) and meta.json (counts and the values a scenario filters on).
The same arguments give the same bytes.  `anchor` is the day the data was "exported":
an open finding whose due_date lies before it is overdue.  By default 100,000 findings
spread over one year, and more spread over proportionally more years.
"""

import argparse
import csv
import datetime as dt
import json
import os
import random

STATUSES = [  # code, label, share of findings
    ("pending", "待派发", 0.03),
    ("assigned", "待整改", 0.09),
    ("working", "整改中", 0.05),
    ("review", "待复查", 0.04),
    ("suspended", "挂账", 0.02),
    ("closed", "已办结", 0.77),
]
SEVERITIES = [("general", "一般", 0.75), ("serious", "较重", 0.20), ("urgent", "紧急", 0.05)]
DISTRICTS = ["东湖区", "西城区", "南山区", "北园区", "高新区", "滨江区", "云台县", "青河县"]
STREETS = [
    "人民路",
    "解放大道",
    "中山街",
    "建设路",
    "文昌街",
    "滨河路",
    "团结路",
    "胜利街",
    "和平路",
    "朝阳路",
    "新华街",
    "育才路",
    "工农路",
    "迎宾大道",
    "环城北路",
    "湖滨南路",
    "学府路",
    "民主巷",
    "西关街",
    "南门里",
]
SITE_TYPES = [
    "社区",
    "小区",
    "农贸市场",
    "主次干道",
    "背街小巷",
    "公园广场",
    "火车站",
    "医院",
    "学校",
    "政务大厅",
    "商场超市",
    "公共厕所",
    "建筑工地",
    "公交站台",
    "图书馆",
    "城乡结合部",
    "网吧",
    "宾馆酒店",
]
BUREAUS = [
    "城管局",
    "住建局",
    "交警大队",
    "市场监管局",
    "卫健委",
    "教育局",
    "交通运输局",
    "文旅局",
    "生态环境局",
    "民政局",
    "公安分局",
    "园林中心",
    "环卫处",
    "街道办事处",
    "社区居委会",
    "水务局",
    "商务局",
    "供电公司",
    "通信公司",
    "妇联",
]
CATEGORIES = [
    "环境卫生",
    "交通秩序",
    "公共设施",
    "市容市貌",
    "公益广告",
    "消防安全",
    "食品安全",
    "志愿服务",
    "窗口服务",
    "绿化养护",
    "楼道堆物",
    "飞线充电",
]
PROBLEMS = [
    "垃圾箱满溢未及时清运",
    "非机动车乱停乱放占用盲道",
    "公益广告破损褪色",
    "路面破损存在积水",
    "井盖缺失存在安全隐患",
    "楼道堆放杂物",
    "电动车飞线充电",
    "占道经营现象突出",
    "乱贴小广告未清除",
    "消防通道被占用",
    "灭火器过期失效",
    "绿化带有裸土和烟头",
    "公厕地面湿滑有异味",
    "斑马线磨损不清",
    "无障碍设施被占用",
    "餐饮油烟直排",
    "窗口人员未佩戴工牌",
    "架空线缆凌乱下垂",
    "建筑垃圾随意倾倒",
    "机动车不礼让行人",
    "宣传栏内容陈旧",
    "路灯不亮",
    "护栏缺损",
    "犬只未牵绳",
    "墙面乱涂乱画",
    "学雷锋志愿服务站无人值守",
]
DETAILS = [
    "现场照片已上传，",
    "经网格员核实情况属实，",
    "属于反复出现的问题，",
    "群众多次反映，",
    "上次测评已扣分，",
    "影响周边居民出行，",
    "距离入口约{n}米，",
    "面积约{n}平方米，",
    "共发现{n}处，",
    "涉及商户{n}家，",
    "位于{d}{s}路口东侧，",
    "位于{s}{n}号门前，",
    "与{s}整治点位相邻，",
    "物业公司未履行管理责任，",
    "该点位列入实地考察必检清单，",
    "早晚高峰时段尤为严重，",
    "已现场告知责任人，",
]
ASKS = [
    "请责任单位立即整改并上传整改前后对比照片。",
    "请于限期内完成整改，并举一反三开展排查。",
    "请安排专人现场处置，三日内反馈结果。",
    "请明确责任人，建立长效管理机制，防止反弹。",
    "请会同属地街道联合处置。",
]
NOTES = [
    "已派发至责任单位，请按期整改。",
    "已安排人员到现场，预计{n}日内完成。",
    "整改完成，现场已清理干净，请复查。",
    "复查合格，同意办结。",
    "复查不合格，问题仍存在，退回重新整改。",
    "因涉及管线迁改，申请延期{n}天。",
    "已与物业公司约谈，督促落实责任。",
    "已列入挂账清单，每周跟踪。",
]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰涛明超霞平刚桂英华建国文"


def weighted(rng, table, n):
    return rng.choices([row[0] for row in table], [row[2] for row in table], k=n)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out")
    ap.add_argument("--findings", type=int, default=100_000)
    ap.add_argument("--units", type=int, default=300)
    ap.add_argument("--sites", type=int, default=2_000)
    ap.add_argument("--seed", type=int, default=20260630)
    ap.add_argument("--anchor", default="2026-06-30")
    ap.add_argument("--years", type=float, default=0, help="0: one year per 100,000 findings, at least one")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    os.makedirs(a.out, exist_ok=True)
    anchor = dt.datetime.fromisoformat(a.anchor)
    years = a.years or max(1.0, a.findings / 100_000)
    span_min = int(years * 365 * 1440)
    counts = {}

    def write(name, header, rows):
        with open(os.path.join(a.out, name + ".csv"), "w", newline="", encoding="utf-8") as f:
            w = csv.writer(f, lineterminator="\n")
            w.writerow(header)
            counts[name] = 0
            for row in rows:
                w.writerow(row)
                counts[name] += 1

    def pick(seq):
        return seq[int(rng.random() * len(seq))]

    def phrase(text):
        if "{" not in text:
            return text
        return text.format(n=int(rng.random() * 28) + 2, d=pick(DISTRICTS), s=pick(STREETS))

    def ts(minute):
        return (anchor - dt.timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")

    # Units in a two-level tree: the first eighth are leading bureaus, the rest belong to one.
    leads = max(1, a.units // 8)
    units = [
        (
            u,
            f"U{u:04d}",
            f"{DISTRICTS[u % 8]}{BUREAUS[u // 8 % len(BUREAUS)]}{'' if u <= 160 else f'第{u // 160}所'}",
            "" if u <= leads else (u % leads) + 1,
        )
        for u in range(1, a.units + 1)
    ]
    write("units", ["id", "code", "name", "parent_id"], units)
    # One user per unit (its contact), then a fifth as many inspectors.
    users = [
        (
            u,
            f"user{u:04d}",
            pick(SURNAMES) + pick(GIVEN) + pick(GIVEN),
            u if u <= a.units else "",
            "unit" if u <= a.units else "inspector",
        )
        for u in range(1, a.units + a.units // 5 + 1)
    ]
    write("users", ["id", "login", "name", "unit_id", "role"], users)
    sites = []
    for s in range(1, a.sites + 1):
        district, kind = pick(DISTRICTS), pick(SITE_TYPES)
        sites.append(
            (
                s,
                f"S{s:05d}",
                f"{district}{pick(STREETS)}{kind}{s}号点位",
                kind,
                district,
                int(a.units * rng.random() ** 2) + 1,
                round(30 + rng.random(), 6),
                round(114 + rng.random(), 6),
            )
        )
    write("sites", ["id", "code", "name", "type", "district", "unit_id", "lat", "lng"], sites)

    inspectors = list(range(a.units + 1, len(users) + 1))
    logs = []

    def findings():
        status = weighted(rng, STATUSES, a.findings)
        severity = weighted(rng, SEVERITIES, a.findings)
        for i in range(1, a.findings + 1):
            site = sites[int(rng.random() * a.sites)]
            # Responsibility is skewed: a few units carry most findings.
            unit = site[5] if rng.random() < 0.7 else int(a.units * rng.random() ** 2) + 1
            age = int(span_min * (1 - (i - 1) / a.findings))  # ids in time order
            st = status[i - 1]
            days = {"general": 15, "serious": 7, "urgent": 3}[severity[i - 1]]
            due = (anchor - dt.timedelta(minutes=age) + dt.timedelta(days=days)).date()
            closed = ts(max(0, age - int(rng.random() * days * 1800))) if st == "closed" else ""
            problem = pick(PROBLEMS)
            body = f"{site[4]}{pick(STREETS)}{site[3]}{problem}，"
            want = 30 + int(150 * rng.random() ** 1.6)
            while len(body) < want - 22:
                body += phrase(pick(DETAILS))
            body = (body + pick(ASKS))[:200]
            updated = age
            if rng.random() < 0.2:
                flow = ["pending", "assigned", "working", st]
                for k in range(3):
                    updated = max(0, age - int((k + 1) * days * 480 * rng.random()) - 10)
                    logs.append(
                        (
                            len(logs) + 1,
                            i,
                            pick(inspectors) if k == 0 else unit,
                            ts(updated),
                            flow[k],
                            flow[k + 1],
                            phrase(pick(NOTES)),
                        )
                    )
            yield (
                i,
                f"F{i:08d}",
                f"{site[4]}{site[3]}{problem}",
                body,
                pick(CATEGORIES),
                severity[i - 1],
                st,
                site[0],
                unit,
                pick(inspectors),
                unit,
                ts(age),
                due.isoformat(),
                closed,
                ts(updated),
                int(rng.random() * 5),
            )

    write(
        "findings",
        [
            "id",
            "code",
            "title",
            "description",
            "category",
            "severity",
            "status",
            "site_id",
            "unit_id",
            "reporter_id",
            "assignee_id",
            "found_at",
            "due_date",
            "closed_at",
            "updated_at",
            "photos",
        ],
        findings(),
    )
    write("finding_logs", ["id", "finding_id", "user_id", "at", "from_status", "to_status", "note"], logs)

    meta = {
        "args": vars(a),
        "counts": counts,
        "anchor": a.anchor,
        "statuses": {code: label for code, label, _ in STATUSES},
        "severities": {code: label for code, label, _ in SEVERITIES},
        "categories": CATEGORIES,
        "search_4": "井盖缺失",
        "search_2": "井盖",
        "search_rare": "涉及商户29家",
    }
    with open(os.path.join(a.out, "meta.json"), "w", encoding="utf-8") as f:
        json.dump(meta, f, ensure_ascii=False, indent=1)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
