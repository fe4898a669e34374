r"""Japanese candlesticks, as TA-Lib has them with its default settings: 100 where a bar completes a bullish pattern.

An index counts bars back. :math:`b` is the body, :math:`t` and :math:`m` its upper and lower end, :math:`u` and
:math:`d` the shadows above and below; :math:`\bar b` the mean body of the ten bars before, :math:`s` a tenth of their
mean range, :math:`q` half the mean of their two shadows; :math:`n`, :math:`f` and :math:`e` 0.2, 0.6 and 0.05 times the
mean range of the five bars before (near, far, equal). :math:`W` is white (:math:`c \ge o`), :math:`B` black, :math:`C`
1 or -1 for them, :math:`L` long (:math:`b > \bar b`), :math:`S` short (:math:`b < \bar b`), :math:`D` a doji
(:math:`b \le s`), :math:`M` a long body whose shadows are below :math:`s`; :math:`x \doteq_k y` says
:math:`|x - y| \le e_k`.
"""

from penstock.catalog.candlestick import deep, more, one, three, two

FEATURES = (*one.FEATURES, *two.FEATURES, *three.FEATURES, *more.FEATURES, *deep.FEATURES)
