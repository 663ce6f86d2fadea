"""What happens on the synthetic day: a script of scenes, one per cluster of alerts. Every number here is invented.

A scene's alerts end at `at` (New York time). The price is pushed `push` percent the scene's way over the two minutes
before, and from then on follows `then`: "10 +2.4, 13:31 -3" is +2.4 % ten minutes after the scene and -3 % at 13:31,
both against the price at the scene.
"""

from dataclasses import dataclass

BULL, BEAR = 1, -1
DAY = "2025-10-15"
OPEN, CLOSE = "09:30:00", "16:00:00"
FIRST = "09:28:58"  # when the recording begins

# SPY: its price at the open, and where it goes, in percent of the open.
INDEX, INDEX_PRICE, PREVIOUS_CLOSE = "SPY", 663.2, 662.4
INDEX_PATH = (
    "10:30 +0.35, 11:30 +0.55, 12:30 +0.1, 13:00 -0.4, 13:20 -1.1, 13:30 -3.25, 14:15 -3.9, 15:00 -3.3, 16:00 -3.6"
)

# symbol: (price at the open, sector, market value in billions of dollars)
UNIVERSE: dict[str, tuple[float, str | None, float | None]] = {
    "SPY": (INDEX_PRICE, None, None),
    "QQQ": (598.0, None, None),
    "IWM": (247.0, None, None),
    "GLD": (386.0, None, None),
    "NVDA": (184.2, "Technology", 4480.0),
    "AMD": (219.5, "Technology", 356.0),
    "TSLA": (434.0, "Consumer Cyclical", 1440.0),
    "AAPL": (248.5, "Technology", 3690.0),
    "MSFT": (514.0, "Technology", 3820.0),
    "NFLX": (1203.0, "Communication Services", 511.0),
    "PLTR": (179.0, "Technology", 424.0),
    "COIN": (336.0, "Financial Services", 86.0),
    "HOOD": (137.0, "Financial Services", 122.0),
    "SOFI": (28.4, "Financial Services", 34.0),
    "INTC": (36.8, "Technology", 172.0),
    "MU": (189.0, "Technology", 212.0),
    "ORCL": (303.0, "Technology", 864.0),
    "CSCO": (69.4, "Technology", 275.0),
    "MRVL": (88.2, "Technology", 76.0),
    "QCOM": (164.0, "Technology", 177.0),
    "SMCI": (53.6, "Technology", 32.0),
    "BAC": (51.2, "Financial Services", 379.0),
    "JPM": (305.0, "Financial Services", 838.0),
    "XLF": (53.4, None, None),
    "UBER": (95.8, "Technology", 200.0),
    "DIS": (111.4, "Communication Services", 200.0),
    "PFE": (24.5, "Healthcare", 139.0),
    "BA": (213.0, "Industrials", 161.0),
    "NKE": (67.3, "Consumer Cyclical", 99.0),
    "CCL": (28.6, "Consumer Cyclical", 39.0),
    "KO": (67.1, "Consumer Defensive", 289.0),
    "WMT": (107.6, "Consumer Defensive", 858.0),
    "XOM": (112.9, "Energy", 481.0),
    "SHOP": (152.0, "Technology", 198.0),
}


@dataclass(frozen=True)
class Scene:
    """One cluster: when its last alert is known, the premiums in thousands of dollars, and what the price does."""

    at: str
    symbol: str
    way: int
    premiums: tuple[int, ...]
    then: str = ""
    push: float = 0.5
    gap_s: int = 14
    bars_min: int | None = 2  # minutes of bars after the scene; None: no bars at all
    repeats: bool = False  # a sweep tells the first alert's window once more


SCENES = (
    # ---- the open: RISK_ON, the feed is too young for whale_persistence
    Scene("09:30:12", "NVDA", BULL, (180, 260, 410), "9 +2.4, 21 +5.5, 30 +4.9, 38 +3.4"),
    Scene("09:31:50", "TSLA", BEAR, (210, 300, 520), "4 +1.2, 9 +3.4, 15 +3.8", repeats=True),
    Scene("09:33:25", "AMD", BULL, (170, 240, 390), "3 -1.4, 7 -3.3, 12 -3.6"),
    Scene("09:36:10", "GLD", BULL, (190, 310, 480), "30 +0.7, 90 +1.1, 180 +0.8, 13:30 +1.2, 14:10 +1.0"),
    Scene("09:39:05", "PLTR", BULL, (130, 115, 110)),  # threshold
    Scene("09:42:20", "NFLX", BULL, (350, 480, 700), "60 +1.0"),  # size: one share is above the cap
    Scene("09:44:40", "BAC", BULL, (220, 330, 560), "25 +0.05, 60 -0.05, 95 +0.05", push=0.4),  # stale
    Scene("09:46:30", "AMD", BEAR, (180, 260, 420), push=0.6),  # cooldown
    Scene("09:52:15", "COIN", BULL, (200, 310, 450), push=0.02),  # ignition: flat
    Scene("09:55:35", "HOOD", BULL, (190, 280, 430), bars_min=None),  # ignition: unknown
    # ---- a first short 429: the entry is sent again
    Scene("10:00:20", "SOFI", BULL, (240, 360, 640), "14 +2.4, 44.5 +4.6, 46.5 +5.3, 66 +10.6, 70 +10.2"),
    Scene("10:05:12", "INTC", BULL, (210, 320, 540), "12 +1.9, 20 +1.2, 27 -0.1, 30 -0.2"),  # trailing
    # ---- eight clusters in one minute: pace
    Scene("10:15:04", "UBER", BULL, (230, 380, 700), "50 +0.8, 13:24 +1.0, 13:24:16 -0.9, 13:31 -3.6"),
    Scene("10:15:09", "BA", BEAR, (260, 420, 800), "40 -0.9, 62 -2.3, 66 -5.2, 70 -5.6, 80 -3.4"),
    Scene("10:15:15", "DIS", BULL, (220, 370, 690), "50 +0.6, 110 +2.3, 125 +1.6, 140 +0.5"),
    Scene("10:15:22", "NKE", BEAR, (250, 410, 780), "40 -0.7, 55 -1.9, 66 -0.2, 70 +0.1"),
    Scene("10:15:30", "PFE", BULL, (210, 350, 660), "50 +0.5, 13:22:10 +1.2, 13:22:26 -0.8, 13:30 -3.2"),
    Scene("10:15:37", "CCL", BEAR, (240, 390, 760), "45 -0.6, 62 -2.2, 65 -5.3, 69 -5.9, 74 -4.1"),
    Scene("10:15:44", "QCOM", BEAR, (200, 300, 470)),  # pace
    Scene("10:15:51", "SHOP", BULL, (200, 310, 480)),  # pace
    # ---- building a long book
    Scene("10:24:30", "WMT", BULL, (240, 400, 760), "40 +0.9, 12:50 +1.9, 12:58 +0.2"),
    Scene("10:31:10", "JPM", BULL, (230, 390, 720), "40 +0.5, 13:25:30 +0.9, 13:25:45 -0.9, 13:31 -3.5"),
    Scene("10:37:45", "XOM", BEAR, (260, 430, 820), "40 -0.5, 52 -2.2, 56 -5.2, 62 -5.5, 75 -3.8"),
    Scene(
        "10:42:20", "WMT", BULL, (250, 380, 600), push=0.3, then="12:40 +1.2, 12:52 +0.9, 13:02 -0.6"
    ),  # already_positioned
    Scene("10:46:50", "KO", BULL, (220, 340, 560), "30 +0.4"),  # fresh_account: the venue is silent
    Scene("10:52:05", "MU", BULL, (240, 420, 790), "30 +0.7, 13:23:40 +1.2, 13:23:56 -1.0, 13:31 -3.8"),
    Scene("10:55:40", "ORCL", BULL, (260, 440, 830), "30 +0.6, 13:26 +1.0, 13:26:16 -1.1, 13:31:30 -3.9"),
    Scene("10:58:15", "CSCO", BULL, (220, 370, 700), "30 +0.5, 13:27:20 +0.8, 13:27:36 -0.8, 13:33 -3.2"),
    Scene("11:01:30", "IWM", BEAR, (280, 450, 840), "12 -0.4, 21 -2.3, 26 -1.4, 33 -0.3"),
    Scene("11:04:10", "PLTR", BULL, (230, 390, 750), "30 +0.9, 70 +2.2, 85 +2.9, 95 +1.2"),
    Scene("11:07:20", "HOOD", BULL, (240, 400, 760), "30 +0.7, 13:24:30 +1.1, 13:24:46 -1.2, 13:30 -4.2"),
    Scene("11:12:40", "COIN", BEAR, (260, 410, 770)),  # max_positions
    # ---- the shorts are bought back, and the book leans too far long
    Scene("11:26:40", "SMCI", BULL, (250, 410, 760), "30 +0.6, 13:25 +1.2, 13:25:16 -1.3, 13:30 -4.4"),
    Scene("11:30:20", "AAPL", BULL, (270, 450, 840), "30 +0.4, 13:26:30 +0.8, 13:26:46 -0.9, 13:32 -3.4"),
    Scene("11:39:20", "MRVL", BULL, (240, 410, 790)),  # concentration
    Scene("11:40:10", "NVDA", BULL, (260, 430, 820)),  # concentration
    Scene("11:41:15", "TSLA", BEAR, (280, 440, 800), "20 -1.2, 40 -1.9, 55 -0.3, 60 -0.2"),
    # ---- a person halts entries for a while
    Scene("11:49:30", "QQQ", BEAR, (300, 460, 820)),  # halt
    # ---- a long 429 outside PANIC: the entry grows old
    Scene("12:02:10", "KO", BEAR, (260, 400, 730)),
    # ---- midday
    Scene("12:20:30", "MSFT", BULL, (125, 120, 115)),  # threshold
    Scene("12:34:15", "SHOP", BEAR, (270, 440, 830), "12 -2.2, 20 -1.0, 25 -0.2"),
    Scene("12:48:40", "QCOM", BEAR, (240, 380, 700), "10 +1.2, 18 +3.3"),
    Scene("13:05:20", "XLF", BULL, (230, 300, 420), push=0.05),  # ignition: flat
    Scene("13:10:50", "NKE", BEAR, (250, 390, 690), "10 -1.0, 21 -2.4, 26 -5.3, 36 -7.0, 44 -5.1"),
    # ---- PANIC
    Scene("13:35:20", "QQQ", BEAR, (420, 640, 1100), "12 -1.1, 30 -2.6, 50 -0.9, 60 -0.8", push=0.8),
    Scene("13:38:05", "NVDA", BULL, (240, 360, 610), push=0.6),  # threshold: bullish counts half
    Scene("13:41:10", "IWM", BEAR, (380, 590, 980), push=0.8, bars_min=20),  # queued, and expires
    Scene("13:46:40", "DIS", BEAR, (350, 520, 900), "6 -0.3, 10 -1.2, 40 -3.6, 60 -1.4", push=0.7, bars_min=14),
    Scene("13:50:05", "TSLA", BEAR, (360, 560, 950), "3 +0.4, 12 +0.8", push=0.9, bars_min=10),  # drained: dropped
    Scene("13:53:30", "SMCI", BEAR, (330, 500, 860), "3 -0.4, 4.6 -1.5, 20 -2.8, 30 -1.0", push=0.7, bars_min=6),
    # ---- the afternoon
    Scene("14:09:15", "COIN", BEAR, (310, 470, 790), "8 +1.0, 16 +3.3"),
    Scene("14:22:40", "AAPL", BEAR, (320, 500, 850), "15 -2.2, 30 -5.2, 38 -5.4, 50 -3.6"),
    Scene("14:36:05", "BAC", BEAR, (260, 400, 690), "10 +0.9, 20 +1.4, 30 +3.3"),
    Scene("14:50:30", "MSFT", BEAR, (340, 540, 910), "15 -1.8, 28 -0.1"),
    Scene("15:05:20", "PLTR", BEAR, (112, 108, 104)),  # threshold
    Scene("15:12:45", "NVDA", BULL, (1100, 1900, 3200), "12 +2.3, 25 +1.0, 35 +0.6", push=0.7),  # bullish in PANIC
    Scene("15:28:10", "AMD", BEAR, (300, 460, 800), "15 -0.9, 31 -1.2"),  # still open at the close
)

# What the operator asks for: (time, name, arguments).
OPERATOR: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("11:46:00", "halt", {"level": "entries", "reason": "news pending, stand aside"}),
    ("11:55:00", "release", {}),
)
