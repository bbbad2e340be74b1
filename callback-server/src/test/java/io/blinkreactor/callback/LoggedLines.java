package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** All that is logged while it is open, in place of the console. */
final class LoggedLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private record Line(Level level, String text) {}

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level before = requireNonNull(root.getLevel());
  private final Appender<ILoggingEvent> console = requireNonNull(root.getAppender("CONSOLE"));
  private final Queue<Line> lines = new ConcurrentLinkedQueue<>();

  private LoggedLines() {}

  static LoggedLines at(Level level) {
    LoggedLines lines = new LoggedLines();
    lines.setContext(lines.root.getLoggerContext());
    lines.start();
    lines.root.detachAppender(lines.console);
    lines.root.addAppender(lines);
    lines.root.setLevel(level);
    return lines;
  }

  @Override
  protected void append(ILoggingEvent event) {
    String text = event.getLoggerName() + " " + event.getFormattedMessage();
    if (event.getThrowableProxy() != null) {
      text += " " + ThrowableProxyUtil.asString(event.getThrowableProxy());
    }
    lines.add(new Line(event.getLevel(), text));
  }

  List<String> all() {
    return lines.stream().map(Line::text).toList();
  }

  List<String> atLeast(Level level) {
    return lines.stream().filter(l -> l.level().isGreaterOrEqual(level)).map(Line::text).toList();
  }

  @Override
  public void close() {
    root.setLevel(before);
    root.detachAppender(this);
    root.addAppender(console);
  }
}
