"""The errors people see: one line that says what was wrong, where, what is allowed, what to do.

LstmAssetsError
|-- StudyError            a study's YAML, or a value given for it, is wrong
|-- SourceError           prices were not had, or are not fit for use
|   |-- UnknownTickerError      the source does not know the ticker
|   |-- SourceUnavailableError  the network or the remote side failed; trying again may help
|   `-- InvalidPricesError      the source answered with prices that break a rule
|-- TooFewBarsError       a split of the series has no windows
|-- LeakError             a cell would train on the bars that score it
|-- StoreError            the database was not reached, or refused
|   `-- TakenOverError          another run has taken over what this one was about to write
|-- HomeError             LSTM_ASSETS_HOME cannot be written, or is full
|-- ModelFileError        a model file is missing, cannot be read, or is of another network
|-- SettingsError         an environment variable has a value that is not allowed
|-- DeviceError           the device that was asked for cannot train here
`-- TrainingError         a cell was not trained to its end
    |-- DivergedError           the loss was not finite
    |-- TimeLimitError          it took longer than a cell may
    `-- WarmStartError          the weights it was to start from were not had
"""


class LstmAssetsError(Exception):
    """Base of every error that is shown to people as one line, without a traceback."""


class StudyError(LstmAssetsError):
    """A study's YAML, or a value given for it, is wrong."""


class SourceError(LstmAssetsError):
    """Prices were not had, or are not fit for use."""


class UnknownTickerError(SourceError):
    """The source does not know the ticker."""


class SourceUnavailableError(SourceError):
    """The network or the remote side failed; trying again may help."""


class InvalidPricesError(SourceError):
    """The source answered with prices that break a rule."""


class TooFewBarsError(LstmAssetsError):
    """A split of the series has no windows."""


class LeakError(LstmAssetsError):
    """A cell would train on the bars that score it."""


class StoreError(LstmAssetsError):
    """The database was not reached, or refused."""


class TakenOverError(StoreError):
    """Another run has taken over what this one was about to write."""


class HomeError(LstmAssetsError):
    """LSTM_ASSETS_HOME cannot be written, or is full."""


class ModelFileError(LstmAssetsError):
    """A model file is missing, cannot be read, or is of another network."""


class SettingsError(LstmAssetsError):
    """An environment variable has a value that is not allowed."""


class DeviceError(LstmAssetsError):
    """The device that was asked for cannot train here."""


class TrainingError(LstmAssetsError):
    """A cell was not trained to its end."""


class DivergedError(TrainingError):
    """The loss was not finite."""


class TimeLimitError(TrainingError):
    """It took longer than a cell may."""


class WarmStartError(TrainingError):
    """The weights it was to start from were not had."""
