"""A small list of words that are good or bad in news of companies, made by hand; a user's list replaces it."""

_POSITIVE = """
    accelerate accelerated accelerates accretive achieve achieved achieves acquire acquires advance advanced
    advances ahead approval approved approves award awarded awards beat beating beats benefit benefited benefits
    best better boost boosted boosting boosts breakthrough bull bullish buoyant climb climbed climbing climbs
    confident efficient exceed exceeded exceeding exceeds excellent expand expanded expanding expands favorable
    favourable gain gained gaining gains good great grew grow growing growth high higher highest improve improved
    improvement improves improving increase increased increases innovation innovative jump jumped jumping jumps
    leader leading milestone momentum opportunity optimistic outpace outperform outperformed outperforms
    outstanding positive profit profitable profits progress prosper rallied rallies rally rallying rebound
    rebounded rebounds record recover recovered recovering recovers recovery resilient reward rise rises rising
    robust rose skyrocket soar soared soaring soars solid stable strength strengthen strengthened strengthens
    strong stronger strongest succeed succeeded success successful superior surge surged surges surging surpass
    surpassed surpasses tops upbeat upgrade upgraded upgrades upside win winner winning wins won
"""
_NEGATIVE = """
    abandon abandoned accident accuse accused adverse allegation allegations alleged ban bankrupt bankruptcy
    banned bear bearish below breach breached burden cancel cancelled caution cautious charge charged closure
    collapse collapsed collapses complaint concern concerned concerns contraction crash crashed crashes crisis cut
    cuts cutting damage damaged damages debt decline declined declines declining decrease decreased default
    defaulted defaults defect deficit delay delayed delays deteriorate deteriorated deterioration dip dips
    disappoint disappointed disappointing disappoints dispute downgrade downgraded downgrades downturn drag drags
    drop dropped dropping drops erode eroded fail failed failing fails failure fall fallen falling falls fear
    fears fell fine fined fraud halt halted hit hits hurt hurts illegal impairment inability investigation lag
    lagged lags lawsuit lawsuits layoff layoffs liquidation litigation lose loses losing loss losses lost low
    lower lowest miss missed misses missing negative penalty pessimistic plummet plummeted plummets plunge plunged
    plunges plunging poor pressure probe recall recalled recalls recession restructuring risk risks sank scandal
    shortfall shrink shrinking shut shutdown sink sinking sinks slash slashed slashes slid slide slides sliding
    slow slowdown slowed slowing slows slump slumped slumps strike sue sued sues suffer suffered suffers suspend
    suspended suspension threat threaten tumble tumbled tumbles tumbling turmoil uncertain uncertainty
    underperform underperformed unfavorable unprofitable violation volatile warn warned warning warns weak weaken
    weakened weakening weaker weakness worries worry worse worsen worst write-down write-off
"""
POSITIVE, NEGATIVE = frozenset(_POSITIVE.split()), frozenset(_NEGATIVE.split())
