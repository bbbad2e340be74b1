package io.blinkreactor.stream;

/** How a list is read page by page, best first. */
public enum PagingMode {
  /** The server hands out a cursor with each page. Rows that come or go do no harm. */
  CURSOR,
  /**
   * Each page is asked for by the time and id of the last row. Rows that come or go do no harm. The
   * server must filter and sort by both; ids are taken to sort by their bytes, as UUIDs do.
   */
  KEYSET,
  /**
   * Each page is asked for by the time of the last row, that time included; rows that share it are
   * known by their ids. Rows that come or go do no harm. If more rows than a page share one time,
   * that group is stepped through by offset, and a row that goes out of it meanwhile may hide
   * another.
   */
  TIME,
  /**
   * Each page is asked for by a number of rows to pass over, and overlaps the last one by a row or
   * more, so that rows that come or go are noticed and made good, if the server sorts by the time
   * of creation. If it can't, or with an order of one's own, rows are known by the ids of the last
   * four pages alone: exact while fewer rows than that come or go between two pages, as long as no
   * row changes its place.
   */
  OFFSET
}
