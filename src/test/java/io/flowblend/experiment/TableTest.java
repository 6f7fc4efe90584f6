package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void alignsColumnsAndWritesMarkdown() {
        Table table = new Table("rule", "compute");
        table.add("LARGE", Table.number(2, 1.0));
        table.add("S", Table.number(2, null));
        String line = System.lineSeparator();
        assertEquals("rule   compute" + line + "LARGE  1.00" + line + "S      -" + line, table.text());
        assertEquals(
                "| rule | compute |" + line + "| --- | --- |" + line + "| LARGE | 1.00 |" + line + "| S | - |" + line,
                table.markdown());
    }

    @Test
    void showsMeansWithTheirIntervalAndNothingForWhatIsNotKnown() {
        assertEquals("0.500 ± 0.010", Table.mean(3, new Statistics.Mean(0.5, 0.01)));
        assertEquals("-", Table.number(2, Double.NaN));
        assertEquals("-", Table.percent(null));
        assertEquals("95 %", Table.percent(0.95));
    }

    @Test
    void writesHtmlInWhichTextStandsForItself() {
        Table table = new Table("rule", "a < b");
        table.add("\"L & S\"", "1");
        assertEquals(
                "<table>\n<tr><th scope=\"col\">rule</th><th scope=\"col\">a &lt; b</th></tr>\n"
                        + "<tr><th scope=\"row\">&quot;L &amp; S&quot;</th><td>1</td></tr>\n</table>\n",
                table.html());
    }

    @Test
    void showsIntervalsWhereThereAreAny() {
        assertEquals("1.0 (0.5 to 2.0)", Table.interval(1, new Statistics.Interval(1, 0.5, 2)));
        assertEquals("1.0", Table.interval(1, Statistics.Interval.of(1)));
    }

    @Test
    void refusesALineOfAnotherLength() {
        assertThrows(IllegalArgumentException.class, () -> new Table("a", "b").add("1"));
    }
}
