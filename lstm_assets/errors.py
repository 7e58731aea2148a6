"""The errors people see: one line that says what was wrong, where, what is allowed, what to do.

LstmAssetsError
|-- StudyError            a study's YAML, or a value given for it, is wrong
|-- SourceError           the prices could not be read, or cannot be used
|   |-- UnknownTickerError      the source does not know the ticker
|   |-- SourceUnavailableError  the network or the server failed; another attempt may help
|   `-- InvalidPricesError      the source answered with prices that break a rule
|-- TooFewBarsError       a split of the series has no windows
|-- LeakError             a cell would train on the bars that score it
|-- StoreError            the database could not be reached, or refused a statement
|   `-- TakenOverError          another run has taken over the task that this run was to write
|-- HomeError             LSTM_ASSETS_HOME cannot be written, or is full
|-- NotFittedError        a simple forecast cannot be fitted to the training bars
|-- ModelFileError        a model file is missing, cannot be read, or is of another network
|-- SettingsError         an environment variable has a value that is not allowed
|-- DeviceError           the requested device cannot train here
`-- TrainingError         the training of a cell did not finish
    |-- DivergedError           the loss was not finite
    |-- TimeLimitError          the training took longer than the time limit of a cell
    `-- WarmStartError          the starting weights could not be loaded
"""


class LstmAssetsError(Exception):
    """Base of every error that is shown to people as one line, without a traceback."""

    recurs = False  # whether the training of the same cell on the same prices raises it again


class StudyError(LstmAssetsError):
    """A study's YAML, or a value given for it, is wrong."""


class SourceError(LstmAssetsError):
    """The prices could not be read, or cannot be used."""


class UnknownTickerError(SourceError):
    """The source does not know the ticker."""


class SourceUnavailableError(SourceError):
    """The network or the server failed; another attempt may help."""


class InvalidPricesError(SourceError):
    """The source answered with prices that break a rule."""


class TooFewBarsError(LstmAssetsError):
    """A split of the series has no windows."""

    recurs = True


class LeakError(LstmAssetsError):
    """A cell would train on the bars that score it."""

    recurs = True


class StoreError(LstmAssetsError):
    """The database could not be reached, or refused a statement."""


class TakenOverError(StoreError):
    """Another run has taken over the task that this run was to write."""


class HomeError(LstmAssetsError):
    """LSTM_ASSETS_HOME cannot be written, or is full."""


class NotFittedError(LstmAssetsError):
    """A simple forecast cannot be fitted to the training bars."""


class ModelFileError(LstmAssetsError):
    """A model file is missing, cannot be read, or is of another network."""


class SettingsError(LstmAssetsError):
    """An environment variable has a value that is not allowed."""


class DeviceError(LstmAssetsError):
    """The requested device cannot train here."""


class TrainingError(LstmAssetsError):
    """The training of a cell did not finish."""


class DivergedError(TrainingError):
    """The loss was not finite."""

    recurs = True


class TimeLimitError(TrainingError):
    """The training took longer than the time limit of a cell."""


class WarmStartError(TrainingError):
    """The starting weights could not be loaded."""
